package dev.entrepot.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.oci.RegistryRequestParser;
import dev.entrepot.oci.RequestedName;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which upstream a request means, from its URL and {@code Host} header on. */
class RouteTableTest {

  private static final String NO_HOST = "";

  /** One of every kind: a host with two names of ours, a host with a port, a glob, a bare name. */
  private static final RouteTable TABLE =
      table(
          Optional.of("docker.io"),
          rule("docker.io"),
          rule("ghcr.io", "ghcr.mirror.corp", "mirror.corp:8443"),
          rule("reg.corp:5000", "[::1]"),
          rule("**.pkg.dev"),
          rule("registry"));

  /** The same without a default. */
  private static final RouteTable NO_DEFAULT =
      table(Optional.empty(), rule("docker.io"), rule("ghcr.io"), rule("**"));

  @ParameterizedTest
  @CsvSource({
    // the namespace comes first, whatever else is said
    "/v2/org/app,                        ns=ghcr.io,           '',                ghcr.io/org/app",
    "/v2/org/app,                        ns=reg.corp%3A5000,   '',                reg.corp:5000/org/app",
    "/v2/org/app,                        ns=eu.pkg.dev,        ghcr.mirror.corp,  eu.pkg.dev/org/app",
    "/v2/library/nginx,                  ns=docker.io,         ghcr.mirror.corp,  docker.io/library/nginx",
    "/v2/ghcr.io/org/app,                ns=docker.io,         '',                docker.io/ghcr.io/org/app",
    // then the first segment
    "/v2/ghcr.io/org/app,                '',                   '',                ghcr.io/org/app",
    "/v2/ghcr.io/org/app,                '',                   mirror.corp:8443,  ghcr.io/org/app",
    "/v2/docker.io/library/nginx,        '',                   ghcr.mirror.corp,  docker.io/library/nginx",
    "/v2/reg.corp_5000/org/app,          '',                   '',                reg.corp:5000/org/app",
    "/v2/reg.corp:5000/org/app,          '',                   '',                reg.corp:5000/org/app",
    "/v2/GHCR.io/org/app,                '',                   '',                ghcr.io/org/app",
    "/v2/ghcr.io_443/org/app,            '',                   '',                ghcr.io/org/app",
    "/v2/eu.pkg.dev/p/r/app,             '',                   '',                eu.pkg.dev/p/r/app",
    "/v2/registry/org/app,               '',                   '',                registry/org/app",
    // then the Host header
    "/v2/org/app,                        '',                   ghcr.mirror.corp,  ghcr.io/org/app",
    "/v2/org/app,                        '',                   GHCR.Mirror.corp,  ghcr.io/org/app",
    "/v2/org/app,                        '',                   ghcr.mirror.corp:5443, ghcr.io/org/app",
    "/v2/org/app,                        '',                   mirror.corp:8443,  ghcr.io/org/app",
    "/v2/org/app,                        '',                   [::1]:5443,        reg.corp:5000/org/app",
    "/v2/org/app,                        '',                   [::1],             reg.corp:5000/org/app",
    // then the default
    "/v2/org/app,                        '',                   mirror.corp,       docker.io/org/app",
    "/v2/org/app,                        '',                   mirror.corp:9443,  docker.io/org/app",
    "/v2/org/app,                        '',                   other.corp:8443,   docker.io/org/app",
    "/v2/org/app,                        '',                   '',                docker.io/org/app",
    "/v2/unknown.example/app,            '',                   '',                docker.io/unknown.example/app",
    "/v2/ghcr.io,                        '',                   '',                docker.io/library/ghcr.io"
  })
  void namespaceThenFirstSegmentThenHostHeaderThenDefault(
      String path, String query, String hostHeader, String address) {
    // When
    Route route = TABLE.route(requested(path, query), hostHeader);

    // Then
    assertThat(route.address()).hasToString(address);
    assertThat(route.named()).isEqualTo(route.repository());
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/library/nginx,                          ns=docker.io",
    "/v2/library/nginx,                          ns=index.docker.io",
    "/v2/library/nginx,                          ns=registry-1.docker.io",
    "/v2/nginx,                                  ns=docker.io",
    "/v2/nginx,                                  ''",
    "/v2/docker.io/nginx,                        ''",
    "/v2/docker.io/library/nginx,                ''",
    "/v2/index.docker.io/library/nginx,          ''",
    "/v2/registry-1.docker.io/nginx,             ''",
    "/v2/docker.io/library/nginx,                ns=docker.io",
    "/v2/docker.io/nginx,                        ns=docker.io",
    "/v2/registry-1.docker.io/library/nginx,     ns=docker.io",
    "/v2/docker.io/library/nginx,                ns=registry-1.docker.io",
    "/v2/v2/library/nginx,                       ns=docker.io",
    "/v2/v2/docker.io/library/nginx,             ''",
    "/library/nginx,                             ns=docker.io",
    "/nginx,                                     ns=docker.io",
    "/docker.io/library/nginx,                   ''",
    "/docker.io/v2/library/nginx,                ''",
    "/docker.io/v2/nginx,                        ns=docker.io",
    "/v2/docker.io/v2/library/nginx,             ns=docker.io"
  })
  void everyNameOfAnOfficialImageIsOneAddress(String path, String query) {
    // When
    Route route = TABLE.route(requested(path, query), NO_HOST);

    // Then
    assertThat(route.address()).hasToString("docker.io/library/nginx");
    assertThat(route.rule()).isEqualTo("docker.io");
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/ghcr.io/ghcr.io/org/app,          ns=ghcr.io,          ghcr.io/ghcr.io/org/app",
    "/v2/ghcr.io/ghcr.io/org/app,          '',                  ghcr.io/ghcr.io/org/app",
    "/v2/reg.corp_5000/org/app,            ns=reg.corp%3A5000,  reg.corp:5000/org/app",
    "/v2/quay.io/org/app,                  ns=ghcr.io,          ghcr.io/quay.io/org/app",
    "/v2/ghcr.io/app,                      ns=ghcr.io,          ghcr.io/app",
    "/v2/ghcr.io,                          ns=ghcr.io,          ghcr.io/ghcr.io"
  })
  void namespacesOwnHostIsTakenOffOnce(String path, String query, String address) {
    // When
    Route route = TABLE.route(requested(path, query), NO_HOST);

    // Then
    assertThat(route.address()).hasToString(address);
  }

  @Test
  void onlyDockerHubHasALibrary() {
    // When
    Route route = TABLE.route(requested("/v2/app", "ns=ghcr.io"), NO_HOST);

    // Then
    assertThat(route.address()).hasToString("ghcr.io/app");
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/org/app,                 ns=quay.io,              quay.io",
    "/v2/org/app,                 ns=ghcr.io%3A5000,       ghcr.io:5000",
    "/v2/org/app,                 ns=ghcr.io.evil.example, ghcr.io.evil.example",
    "/v2/org/app,                 ns=169.254.169.254,      169.254.169.254",
    "/v2/org/app,                 ns=localhost,            localhost",
    "/v2/ghcr.io/org/app,         ns=quay.io,              quay.io"
  })
  void namespaceThatNoRuleMatchesIsDenied(String path, String query, String registry) {
    // When
    RegistryException refusal = refusal(TABLE, requested(path, query), "ghcr.mirror.corp");

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.DENIED);
    assertThat(refusal.code().status()).isEqualTo(403);
    assertThat(refusal.explanation()).contains("'" + registry + "'");
  }

  @Test
  void whatNamesNothingIsExplained() {
    // Given
    RouteTable table = table(Optional.empty(), rule("docker.io"));

    // When
    RegistryException plain = refusal(table, requested("/v2/org/app", ""), "mirror.corp:5443");
    RegistryException foreign = refusal(table, requested("/v2/quay.io/org/app", ""), NO_HOST);
    RegistryException withPort = refusal(table, requested("/v2/reg_5000/org/app", ""), NO_HOST);

    // Then
    assertThat(plain.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(shown(plain)).contains("'org/app'", "?ns=").doesNotContain("configured");
    assertThat(foreign.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(shown(foreign)).contains("'quay.io' is no configured upstream", "?ns=");
    assertThat(shown(withPort)).contains("'reg:5000' is no configured upstream", "?ns=");
  }

  @Test
  void prefixBeforeTheApiThatIsNoUpstreamIsExplained() {
    // When
    RegistryException prefix = refusal(TABLE, requested("/pfx/v2/library/nginx", ""), NO_HOST);
    RegistryException foreign = refusal(TABLE, requested("/quay.io/v2/org/app", ""), NO_HOST);
    RegistryException anyHost = refusal(NO_DEFAULT, requested("/pfx/v2/org/app", ""), NO_HOST);

    // Then
    assertThat(List.of(prefix, foreign, anyHost))
        .allSatisfy(
            refusal -> {
              assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
              assertThat(shown(refusal)).contains("override_path = true");
            });
  }

  @Test
  void globMakesAHostOnlyOfWhatLooksLikeOne() {
    // When
    Route host = NO_DEFAULT.route(requested("/v2/quay.io/org/app", ""), NO_HOST);
    Route withPort = NO_DEFAULT.route(requested("/v2/localhost_5000/app", ""), NO_HOST);
    RegistryException noHost = refusal(NO_DEFAULT, requested("/v2/org/app", ""), NO_HOST);

    // Then
    assertThat(host.address()).hasToString("quay.io/org/app");
    assertThat(withPort.address()).hasToString("localhost:5000/app");
    assertThat(noHost.code()).isEqualTo(ErrorCode.NAME_INVALID);
  }

  @Test
  void firstRuleThatMatchesWins() {
    // Given
    RouteTable table =
        table(
            Optional.empty(), rule("ghcr.io/acme"), rule("ghcr.io"), rule("*.io"), rule("quay.io"));

    // When
    Route path = table.route(requested("/v2/ghcr.io/acme/app", ""), NO_HOST);
    Route otherPath = table.route(requested("/v2/ghcr.io/acme-evil/app", ""), NO_HOST);
    Route glob = table.route(requested("/v2/quay.io/org/app", ""), NO_HOST);

    // Then
    assertThat(path.rule()).isEqualTo("ghcr.io/acme");
    assertThat(otherPath.rule()).isEqualTo("ghcr.io");
    assertThat(glob.rule()).isEqualTo("*.io");
  }

  @Test
  void pathThatNoRuleOfTheHostMatchesIsDenied() {
    // Given
    RouteTable table = table(Optional.empty(), rule("ghcr.io/acme"));

    // When
    RegistryException refusal = refusal(table, requested("/v2/ghcr.io/other/app", ""), NO_HOST);

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.DENIED);
  }

  @Test
  void pathOfADockerHubRuleSpeaksOfTheNameWithItsLibrary() {
    // Given
    RouteTable table = table(Optional.empty(), rule("docker.io/library"));

    // When
    Route route = table.route(requested("/v2/nginx", "ns=docker.io"), NO_HOST);

    // Then
    assertThat(route.rule()).isEqualTo("docker.io/library");
  }

  @Test
  void rewriteChangesTheAddressButNotTheNameThatRulesSpeakOf() {
    // Given
    RouteTable table =
        new RouteTable(
            List.of(
                new RouteRule(
                    HostPattern.parse("docker.io"),
                    List.of(),
                    Optional.of(Rewrite.ofPrefix("", "hub-proxy/")))),
            Optional.empty());

    // When
    Route route = table.route(requested("/v2/nginx", "ns=docker.io"), NO_HOST);

    // Then
    assertThat(route.address()).hasToString("docker.io/hub-proxy/library/nginx");
    assertThat(route.repository()).hasToString("hub-proxy/library/nginx");
    assertThat(route.registry()).isEqualTo(RegistryHost.DOCKER_HUB);
    assertThat(route.named()).hasToString("library/nginx");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/GHCR.io/org/app", "/v2/reg.corp:5000/org/app"})
  void nameThatIsNoRepositoryUnderAnotherNamespaceIsRefused(String path) {
    // When
    RegistryException refusal = refusal(TABLE, requested(path, "ns=docker.io"), NO_HOST);

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
  }

  @Test
  void defaultThatNoRuleMatchesIsRefused() {
    // When / Then
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table(Optional.of("quay.io"), rule("ghcr.io")))
        .withMessageContaining("default-upstream 'quay.io'");
  }

  @Test
  void servedAsNeedsOneHost() {
    // When / Then
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rule("*.gcr.io", "gcr.mirror.corp"))
        .withMessageContaining("'*.gcr.io'")
        .withMessageContaining("gcr.mirror.corp");
  }

  /** What a client prints of it. */
  private static String shown(RegistryException refusal) {
    String sentence = refusal.explanation();
    return sentence.substring(0, Math.min(120, sentence.length()));
  }

  private static RouteTable table(Optional<String> defaultUpstream, RouteRule... rules) {
    return new RouteTable(Arrays.asList(rules), defaultUpstream.map(RegistryHost::new));
  }

  private static RouteRule rule(String match, String... servedAs) {
    return new RouteRule(HostPattern.parse(match), List.of(servedAs), Optional.empty());
  }

  private static RequestedName requested(String path, String query) {
    return ((RegistryRequest.OfRepository)
            RegistryRequestParser.parse(path + "/manifests/latest", query))
        .name();
  }

  private static RegistryException refusal(
      RouteTable table, RequestedName name, String hostHeader) {
    return catchThrowableOfType(RegistryException.class, () -> table.route(name, hostHeader));
  }
}
