package dev.entrepot.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code match} means. */
class HostPatternTest {

  @ParameterizedTest
  @CsvSource({
    "ghcr.io,                    ghcr.io,                                      true",
    "ghcr.io,                    notghcr.io,                                   false",
    "ghcr.io,                    ghcr.io.evil.example,                         false",
    "ghcr.io,                    ghcrxio,                                      false",
    "ghcr.io,                    ghcr.io:5000,                                 false",
    "GHCR.io,                    ghcr.io,                                      true",
    "ghcr.io:443,                ghcr.io,                                      true",
    "reg.corp:5000,              reg.corp:5000,                                true",
    "reg.corp:5000,              reg.corp,                                     false",
    "docker.io,                  registry-1.docker.io,                         true",
    "registry-1.docker.io,       index.docker.io,                              true",
    "*.gcr.io,                   eu.gcr.io,                                    true",
    "*.gcr.io,                   gcr.io,                                       false",
    "*.gcr.io,                   a.b.gcr.io,                                   false",
    "*.GCR.io,                   eu.gcr.io,                                    true",
    "**.pkg.dev,                 europe-docker.pkg.dev,                        true",
    "**.pkg.dev,                 a.b.pkg.dev,                                  true",
    "**.pkg.dev,                 pkg.dev.evil.example,                         false",
    "*.dkr.ecr.*.amazonaws.com,  1234.dkr.ecr.eu-west-1.amazonaws.com,         true",
    "*.dkr.ecr.*.amazonaws.com,  1234.dkr.ecr.cn-north-1.amazonaws.com.cn,     false",
    "*.dkr.ecr.*.amazonaws.com,  1234.dkr.ecr.a.b.amazonaws.com,               false",
    "*.corp,                     reg.corp:5000,                                false",
    "*.corp:*,                   reg.corp:5000,                                true",
    "localhost:*,                localhost:7009,                               true",
    "*,                          localhost,                                    true",
    "*,                          ghcr.io,                                      false",
    "**,                         any.host.example:5000,                        true"
  })
  void starStopsAtADotAndTwoDoNot(String match, String host, boolean matches) {
    // Given
    HostPattern pattern = HostPattern.parse(match);

    // When
    boolean matched = pattern.matchesHost(new RegistryHost(host));

    // Then
    assertThat(matched).isEqualTo(matches);
    assertThat(pattern.matches(new RegistryHost(host), new RepositoryName("a/b")))
        .isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "ghcr.io/acme,         acme,             true",
    "ghcr.io/acme,         acme/app,         true",
    "ghcr.io/acme,         acme/team/app,    true",
    "ghcr.io/acme,         acme-evil/app,    false",
    "ghcr.io/acme,         acmeapp,          false",
    "ghcr.io/acme,         x/acme/app,       false",
    "ghcr.io/acme/,        acme/app,         true",
    "ghcr.io/acme/,        acme-evil/app,    false",
    "ghcr.io/acme/app,     acme/app/sub,     true",
    "ghcr.io/acme/app,     acme/application, false",
    "ghcr.io/acme-*,       acme-prod/app,    true",
    "ghcr.io/acme-*,       acme/app,         false",
    "ghcr.io/*/app,        acme/app/sub,     true",
    "ghcr.io/*/app,        acme/team/app,    false",
    "ghcr.io/**/app,       acme/team/app,    true",
    "ghcr.io/,             acme/app,         true"
  })
  void pathMatchesTheStartOfTheRepositoryInWholeSegments(
      String match, String repository, boolean matches) {
    // Given
    HostPattern pattern = HostPattern.parse(match);

    // When
    boolean here = pattern.matches(new RegistryHost("ghcr.io"), new RepositoryName(repository));
    boolean elsewhere =
        pattern.matches(new RegistryHost("quay.io"), new RepositoryName(repository));

    // Then
    assertThat(here).isEqualTo(matches);
    assertThat(elsewhere).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "/",
        "/acme",
        "https://ghcr.io",
        "user@ghcr.io",
        "ghcr.io ",
        "ghcr io",
        "ghcr.io:port",
        "ghcr.io:99999",
        "*.example com",
        "*.exa?mple.com",
        "*.example.com;x",
        "ghcr.io//acme",
        "ghcr.io/Acme",
        "ghcr.io/acme app",
        "ghcr.io/acme//app"
      })
  void badPatternIsRefusedByName(String match) {
    // When / Then
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HostPattern.parse(match))
        .withMessageStartingWith("match '" + match + "'");
  }

  @Test
  void onlyAPatternWithoutStarsNamesOneHost() {
    // When
    var host = HostPattern.parse("Index.Docker.IO/library").exactHost();
    var glob = HostPattern.parse("*.gcr.io").exactHost();
    var globInPath = HostPattern.parse("ghcr.io/acme-*").exactHost();

    // Then
    assertThat(host).contains(RegistryHost.DOCKER_HUB);
    assertThat(glob).isEmpty();
    assertThat(globInPath).contains(new RegistryHost("ghcr.io"));
  }

  @Test
  void isShownAsTheOperatorWroteIt() {
    // When
    HostPattern pattern = HostPattern.parse("Index.Docker.IO/acme/");

    // Then
    assertThat(pattern).hasToString("Index.Docker.IO/acme/");
  }
}
