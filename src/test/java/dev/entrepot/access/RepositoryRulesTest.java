package dev.entrepot.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.entrepot.access.AccessDecision.Allowed;
import dev.entrepot.access.AccessDecision.Denied;
import dev.entrepot.oci.RepositoryName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code allow} and {@code deny} mean. */
class RepositoryRulesTest {

  @Test
  void withoutListsEverythingIsAllowed() {
    // When
    AccessDecision decision = decide(RepositoryRules.ALL, "any/thing");

    // Then
    assertThat(decision).isEqualTo(new Allowed());
  }

  @ParameterizedTest
  @CsvSource({
    "acme/app,       true",
    "acme/team/app,  true",
    "tools/jq,       true",
    "tools/x/jq,     false",
    "acme,           false",
    "acme-evil/app,  false",
    "x/acme/app,     false"
  })
  void withAllowOnlyWhatOneOfItsGlobsMatchesIsAllowed(String repository, boolean allowed) {
    // Given
    RepositoryRules rules = RepositoryRules.ofGlobs(List.of("acme/**", "tools/*"), List.of());

    // When
    AccessDecision decision = decide(rules, repository);

    // Then
    assertThat(decision instanceof Allowed).isEqualTo(allowed);
  }

  @Test
  void denyWinsOverAllow() {
    // Given
    RepositoryRules rules =
        RepositoryRules.ofGlobs(List.of("acme/**"), List.of("acme/secret", "acme/secret/**"));

    // When
    AccessDecision allowed = decide(rules, "acme/app");
    AccessDecision denied = decide(rules, "acme/secret/app");

    // Then
    assertThat(allowed).isEqualTo(new Allowed());
    assertThat(denied)
        .isEqualTo(new Denied("repository 'acme/secret/app' is denied by upstream rule 'ghcr.io'"));
  }

  @Test
  void denyAloneLeavesTheRestAllowed() {
    // Given
    RepositoryRules rules = RepositoryRules.ofGlobs(List.of(), List.of("secret/**"));

    // When
    AccessDecision allowed = decide(rules, "acme/app");
    AccessDecision denied = decide(rules, "secret/app");

    // Then
    assertThat(allowed).isEqualTo(new Allowed());
    assertThat(denied).isInstanceOf(Denied.class);
  }

  @Test
  void refusalNamesRepositoryAndRule() {
    // Given
    RepositoryRules rules = RepositoryRules.ofGlobs(List.of("acme/**"), List.of());

    // When
    AccessDecision decision = decide(rules, "other/app");

    // Then
    assertThat(decision)
        .isEqualTo(new Denied("repository 'other/app' is not allowed by upstream rule 'ghcr.io'"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Secret/**", "/secret/**", "secret/", "", " secret/**", "secret:latest"})
  void globThatCouldNeverDenyIsRefused(String glob) {
    // When / Then
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RepositoryRules.ofGlobs(List.of(), List.of(glob)))
        .withMessageContaining("'" + glob + "'");
  }

  private static AccessDecision decide(RepositoryRules rules, String repository) {
    return rules.decide(new RepositoryName(repository), "ghcr.io");
  }
}
