package dev.entrepot.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorTest {

  @ParameterizedTest
  @CsvSource({
    "https://127.0.0.1:5443, https://127.0.0.1:5443",
    "' HTTPS://mirror.example/ ', https://mirror.example",
    "http://[::1]:5443, http://[::1]:5443",
    "https://mirror.example/some/path//, https://mirror.example/some/path",
    "https://mirror.example/v2/, https://mirror.example/v2",
  })
  void urlIsKeptWithoutTrailingSlashes(String written, String kept) {
    // When
    var mirror = Mirror.parse(written, Optional.empty(), false);

    // Then
    assertThat(mirror.url()).hasToString(kept);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:5443",
        "mirror.example",
        "ftp://mirror.example",
        "https://",
        "https://mirror.example:70000",
        "https://mirror.example?ns=docker.io",
        "https://mirror.example#top",
        "https://mirror.example/v2/docker.io",
        "https://mirror.example/\"]",
        "https://mirror.example/\n[host]",
        "",
      })
  void anythingElseIsRefusedInOneSentence(String written) {
    // When, Then
    assertThatThrownBy(() -> Mirror.parse(written, Optional.empty(), false))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageStartingWith("tried to use '%s' as the mirror's URL but ", written.strip());
  }

  @Test
  void refusalShowsNoPassword() {
    // When, Then
    assertThatThrownBy(
            () -> Mirror.parse("https://user:hunter2@mirror.example", Optional.empty(), false))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageContaining("https://…@mirror.example")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void caKeepsItsCertificatesAndNothingElse() {
    // Given
    var one = MirrorCertificate.create();
    var two = MirrorCertificate.create();

    // When
    var ca = new MirrorCa("a note\r\n" + one.pem().replace("\n", "\r\n") + "more\n" + two.pem());

    // Then
    assertThat(ca.pem()).isEqualTo(one.pem() + two.pem());
  }

  @Test
  void caWithAPrivateKeyIsRefused() {
    // Given
    var certificate = MirrorCertificate.create();

    // When, Then
    assertThatThrownBy(() -> new MirrorCa(certificate.pem() + certificate.privateKeyPem()))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageContaining("holds a private key");
  }

  @Test
  void caWithoutACertificateIsRefused() {
    // When, Then
    assertThatThrownBy(() -> new MirrorCa("hello"))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageContaining("no PEM certificate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"aGVsbG8=", "", "%%%%"})
  void caWithABrokenCertificateIsRefused(String base64) {
    // Given
    var pem = "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";

    // When, Then
    assertThatThrownBy(() -> new MirrorCa(pem))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessageContaining("no X.509 certificate");
  }

  @Test
  void caFileThatIsNotThereIsNamed(@TempDir Path directory) {
    // Given
    var missing = directory.resolve("ca.crt");

    // When, Then
    assertThatThrownBy(() -> MirrorCa.read(missing))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessage(
            "tried to read the mirror's CA from %s but %s does not exist", missing, missing);
  }

  @Test
  void unknownKindIsToldWhatIsSupported() {
    // When, Then
    assertThat(NodeKind.named("containerd").name()).isEqualTo("containerd");
    assertThatThrownBy(() -> NodeKind.named("talos"))
        .isInstanceOf(NodeConfigurationException.class)
        .hasMessage(
            "tried to configure a node of kind 'talos' but only these kinds are supported: containerd");
  }
}
