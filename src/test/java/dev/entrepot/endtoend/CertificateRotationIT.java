package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A certificate from a Kubernetes secret, which the kubelet replaces under the running program. */
final class CertificateRotationIT {

  @TempDir private Path directory;

  @Test
  void replacedCertificateIsUsedByTheNextConnectionWithoutARestart() throws IOException {
    // Given
    var before = TestCertificates.create();
    var after = TestCertificates.create();
    var secret = Files.createDirectory(directory.resolve("secret"));
    project(secret, "..1", before);
    Files.createSymbolicLink(secret.resolve("tls.crt"), Path.of("..data/tls.crt"));
    Files.createSymbolicLink(secret.resolve("tls.key"), Path.of("..data/tls.key"));
    var configuration =
        """
        tls:
          certificate: %s
          private-key: %s
        """
            .formatted(secret.resolve("tls.crt"), secret.resolve("tls.key"));
    try (var entrepot = EntrepotProgram.serve(directory.resolve("entrepot"), configuration);
        var old = connect(entrepot, before)) {
      assertThat(old.exchange("GET", "/v2/").status()).isEqualTo(200);
      assertThatThrownBy(() -> connect(entrepot, after)).hasMessageContaining("could not");

      // When
      project(secret, "..2", after);

      // Then
      Await.until("a connection with the new certificate", () -> trusts(entrepot, after));
      try (var fresh = connect(entrepot, after)) {
        assertThat(fresh.exchange("GET", "/v2/").status()).isEqualTo(200);
      }
      assertThatThrownBy(() -> connect(entrepot, before)).hasMessageContaining("could not");
      assertThat(old.exchange("GET", "/v2/").status()).isEqualTo(200);
    }
  }

  /** What the kubelet does: a new directory, and one rename that switches all files at once. */
  private static void project(Path secret, String version, TestCertificates authority)
      throws IOException {
    authority.local().write(Files.createDirectory(secret.resolve(version)), "tls");
    var link = Files.createSymbolicLink(secret.resolve("..data_tmp"), Path.of(version));
    Files.move(link, secret.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean trusts(EntrepotProgram entrepot, TestCertificates authority) {
    try (var _ = connect(entrepot, authority)) {
      return true;
    } catch (UncheckedIOException refused) {
      return false;
    }
  }

  private static HttpProbe connect(EntrepotProgram entrepot, TestCertificates authority) {
    return HttpProbe.connect(entrepot.uri(), authority.trust(), "127.0.0.1");
  }
}
