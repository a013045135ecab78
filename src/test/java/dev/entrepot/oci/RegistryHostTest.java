package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry has one spelling, whichever was used. */
class RegistryHostTest {

  @ParameterizedTest
  @CsvSource({
    "docker.io, docker.io",
    "index.docker.io, docker.io",
    "registry-1.docker.io, docker.io",
    "Index.Docker.IO, docker.io",
    "registry-1.docker.io:443, docker.io",
    "docker.io., docker.io",
    "docker.io.:443, docker.io",
    "hub.docker.io, hub.docker.io",
    "docker.io:5000, docker.io:5000",
    "GHCR.io, ghcr.io",
    "ghcr.io:443, ghcr.io",
    "ghcr.io., ghcr.io",
    "registry.corp.:5000, registry.corp:5000",
    "reg.example:5000, reg.example:5000",
    "reg.example:65535, reg.example:65535",
    "reg.example:80, reg.example:80",
    "localhost, localhost",
    "localhost:7009, localhost:7009",
    "127.0.0.1:7001, 127.0.0.1:7001",
    "my_registry.corp, my_registry.corp",
    "[::1]:5000, [::1]:5000",
    "[2001:DB8::1]:443, [2001:db8::1]",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com,"
        + " 123456789012.dkr.ecr.eu-central-1.amazonaws.com"
  })
  void everySpellingBecomesOne(String text, String canonical) {
    // When
    RegistryHost host = new RegistryHost(text);

    // Then
    assertThat(host).hasToString(canonical);
    assertThat(new RegistryHost(host.value())).isEqualTo(host);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        ":443",
        ":",
        "ghcr.io:",
        "ghcr.io:0",
        "ghcr.io:0443",
        "ghcr.io:65536",
        "ghcr.io:99999",
        "ghcr.io:443:443",
        "ghcr.io:port",
        "docker.io:443.",
        "docker.io..",
        ".docker.io",
        "a..b",
        "-a.io",
        "a-.io",
        "user@ghcr.io",
        "user:password@ghcr.io",
        "ghcr.io/org",
        "https://ghcr.io",
        "ghcr.io?x",
        "ghcr.io#x",
        "ghcr.io%2forg",
        "ghcr%2eio",
        "ghcr.io\\org",
        "ghcr .io",
        " ghcr.io",
        "ghcr.io\n",
        "ghcr.io\r\nx: y",
        "ghcr.io\u0000",
        "ghcr.io\u3002corp",
        // a Kelvin sign, whose lower case is an ASCII k
        "doc\u212aer.io",
        "gh\u0441r.io",
        "*.example.com",
        "::1",
        "[::1",
        "[]",
        "[::::]",
        "[.]",
        "[127.0.0.1]",
        "[fe80::1%eth0]"
      })
  void whatIsNoHostIsRefused(String text) {
    // When
    RegistryException refusal =
        catchThrowableOfType(RegistryException.class, () -> new RegistryHost(text));

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(refusal.explanation()).matches("[ -~]{1,300}");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 63})
  void labelsOfUpTo63CharactersAreKept(int length) {
    // When
    RegistryHost host = new RegistryHost("a".repeat(length) + ".io");

    // Then
    assertThat(host.value()).hasSize(length + 3);
  }

  @Test
  void longerLabelsAndNamesAreRefused() {
    // When
    RegistryException label =
        catchThrowableOfType(
            RegistryException.class, () -> new RegistryHost("a".repeat(64) + ".io"));
    RegistryException name =
        catchThrowableOfType(
            RegistryException.class, () -> new RegistryHost("a.".repeat(2500) + "io"));

    // Then
    assertThat(label.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(name.code()).isEqualTo(ErrorCode.NAME_INVALID);
  }

  @Test
  void dockerHubIsCalledDockerIo() {
    // When
    RegistryHost hub = RegistryHost.DOCKER_HUB;

    // Then
    assertThat(hub).isEqualTo(new RegistryHost("registry-1.docker.io"));
    assertThat(hub.value()).isEqualTo("docker.io");
  }
}
