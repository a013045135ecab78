package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsConfigurationTest {

  @TempDir private Path directory;

  @Test
  void certificatesAreCountedInTheWordsOfAllThatIsReloaded() throws Exception {
    // Given
    CertificateAuthority authority = CertificateAuthority.create("corporate", Instant.now());
    bring(authority);
    TlsProperties properties =
        new TlsProperties(
            true,
            directory,
            directory.resolve("tls.crt"),
            directory.resolve("tls.key"),
            List.of(),
            null);
    SimpleMeterRegistry counted = new SimpleMeterRegistry();
    try (ServedCertificate served =
        new TlsConfiguration()
            .servedCertificate(properties, InstantSource.system(), new Meters(counted))) {
      // When
      Files.writeString(directory.resolve("tls.crt"), "none");
      served.scan();
      bring(authority);
      served.scan();
    }

    // Then
    assertThat(
            List.of("failed", "loaded").stream()
                .map(
                    outcome ->
                        counted
                            .counter("entrepot.reloads", "what", "certificate", "outcome", outcome)
                            .count()))
        .containsExactly(1.0, 1.0);
  }

  private void bring(CertificateAuthority authority) throws Exception {
    Identity identity = authority.issueServer(SubjectNames.of("localhost"), Instant.now());
    Files.writeString(directory.resolve("tls.crt"), Pem.write(identity.chain()));
    Files.writeString(directory.resolve("tls.key"), Pem.write(identity.key()));
  }
}
