package dev.entrepot.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.dataformat.toml.TomlMapper;

class HostsTomlTest {

  private static final Optional<MirrorCa> CA =
      Optional.of(new MirrorCa(MirrorCertificate.create().pem()));
  private static final String CA_PATH = "/etc/containerd/certs.d/_default/entrepot-ca.pem";

  @Test
  void fallbackFormPutsTheMirrorBeforeTheRegistry() {
    // When
    var file = render("https://127.0.0.1:5443", CA, false);

    // Then
    assertThat(settings(file))
        .isEqualTo(
            """
            [host."https://127.0.0.1:5443"]
              capabilities = ["pull", "resolve"]
              ca = "/etc/containerd/certs.d/_default/entrepot-ca.pem"
              dial_timeout = "2s"
            """);
  }

  @Test
  void strictFormNamesTheMirrorAsTheOnlyServer() {
    // When
    var file = render("https://127.0.0.1:5443", CA, true);

    // Then
    assertThat(settings(file))
        .isEqualTo(
            """
            server = "https://127.0.0.1:5443"
            capabilities = ["pull", "resolve"]
            ca = "/etc/containerd/certs.d/_default/entrepot-ca.pem"
            [host]
            """);
  }

  @Test
  void mirrorWithoutTlsNeedsNoCa() {
    // When, Then: a CA on an http host makes later containerds try https first.
    assertThat(render("http://[::1]:5000/path", CA, false))
        .contains("[host.\"http://[::1]:5000/path\"]\n")
        .doesNotContain("ca = ");
    assertThat(render("http://[::1]:5000", CA, true)).doesNotContain("ca = ");
  }

  @Test
  void mirrorWithoutCaIsLeftToTheSystemsTrust() {
    // When
    var file = render("https://mirror.example", Optional.empty(), false);

    // Then
    assertThat(file).doesNotContain("ca = ").contains("one that the node's system trusts");
  }

  @Test
  void printedFormSaysWhatContainerdNeedsAroundIt() {
    // When
    var file = render("https://mirror.example", CA, false);

    // Then
    assertThat(file)
        .startsWith(MarkedFile.MARKER)
        .contains("version = 2:  [plugins.\"io.containerd.grpc.v1.cri\".registry]")
        .contains("version = 3:  [plugins.\"io.containerd.cri.v1.images\".registry]")
        .contains("config_path = \"/etc/containerd/certs.d\"")
        .contains("A list with a colon")
        .contains("docker.io, hides this file")
        .contains(CA_PATH);
  }

  @Test
  void everyFormIsToml() {
    // Given
    var mapper = new TomlMapper();

    // When
    var fallback = mapper.readTree(render("https://[::1]:5443/a", CA, false));
    var strict = mapper.readTree(render("https://[::1]:5443/a", CA, true));

    // Then
    assertThat(fallback.path("host").path("https://[::1]:5443/a").path("ca").asString())
        .isEqualTo(CA_PATH);
    assertThat(strict.path("server").asString()).isEqualTo("https://[::1]:5443/a");
    assertThat(strict.path("host").isObject()).isTrue();
  }

  private static String render(String url, Optional<MirrorCa> ca, boolean strict) {
    return NodeKind.named("containerd").render(Mirror.parse(url, ca, strict));
  }

  private static String settings(String file) {
    return file.lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
