package dev.entrepot.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.access.AccessDecision.Allowed;
import dev.entrepot.access.AccessDecision.Denied;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.route.Route;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each upstream's rules are asked about its own routes. */
class AccessPolicyTest {

  private static final RepositoryRules ACME =
      RepositoryRules.ofGlobs(List.of("acme/**"), List.of());

  @Test
  void routesOwnRuleDecides() {
    // Given
    AccessPolicy policy = new AccessPolicy(Map.of("ghcr.io", ACME, "quay.io", RepositoryRules.ALL));

    // When
    AccessDecision refused = policy.decide(route("ghcr.io", "other/app", "other/app"));
    AccessDecision allowed = policy.decide(route("ghcr.io", "acme/app", "acme/app"));
    AccessDecision elsewhere = policy.decide(route("quay.io", "other/app", "other/app"));

    // Then
    assertThat(refused)
        .isEqualTo(new Denied("repository 'other/app' is not allowed by upstream rule 'ghcr.io'"));
    assertThat(allowed).isEqualTo(new Allowed());
    assertThat(elsewhere).isEqualTo(new Allowed());
  }

  @Test
  void nameBeforeTheRewriteCounts() {
    // Given
    AccessPolicy policy = new AccessPolicy(Map.of("ghcr.io", ACME));

    // When
    AccessDecision allowed = policy.decide(route("ghcr.io", "acme/app", "mirror/app"));
    AccessDecision refused = policy.decide(route("ghcr.io", "other/app", "acme/app"));

    // Then
    assertThat(allowed).isEqualTo(new Allowed());
    assertThat(refused).isInstanceOf(Denied.class);
  }

  @Test
  void ruleThatIsNotKnownDenies() {
    // Given
    AccessPolicy policy = new AccessPolicy(Map.of());

    // When
    AccessDecision decision = policy.decide(route("ghcr.io", "acme/app", "acme/app"));

    // Then
    assertThat(decision).isEqualTo(new Denied("no upstream rule 'ghcr.io' is configured"));
  }

  @Test
  void laterChangesOfTheMapChangeNothing() {
    // Given
    Map<String, RepositoryRules> rules = new HashMap<>(Map.of("ghcr.io", ACME));
    AccessPolicy policy = new AccessPolicy(rules);
    rules.put("ghcr.io", RepositoryRules.ALL);

    // When
    AccessDecision decision = policy.decide(route("ghcr.io", "other/app", "other/app"));

    // Then
    assertThat(decision).isInstanceOf(Denied.class);
  }

  private static Route route(String rule, String named, String upstreams) {
    return new Route(
        rule,
        new RepositoryAddress(new RegistryHost(rule), new RepositoryName(upstreams)),
        new RepositoryName(named));
  }
}
