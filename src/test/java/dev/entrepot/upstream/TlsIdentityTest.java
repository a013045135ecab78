package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** S-08: registry, token server and blob host must each prove who they are. */
class TlsIdentityTest {

  private static final TestCertificates TRUSTED = TestCertificates.create();
  private static final Tag TAG = new Tag("1.0");

  @TempDir private Path directory;

  static Stream<TestCertificates.Issued> impostors() {
    return Stream.of(
        TRUSTED.issue("other.test"),
        TRUSTED.expired("127.0.0.1", "localhost"),
        TestCertificates.create().local());
  }

  @Test
  void aRegistryWithAGoodCertificateIsAsked() {
    // Given
    try (FakeRegistry registry =
            FakeRegistry.start(TRUSTED.local().server())
                .push(REPOSITORY, TestImage.create(1), "1.0");
        TestUpstream upstream = upstreamOf(registry)) {
      // When
      Mono<UpstreamManifest> pull = upstream.client().getManifest(upstream.route(), TAG);
      // Then
      StepVerifier.create(pull).expectNextCount(1).expectComplete().verify(SOON);
    }
  }

  @ParameterizedTest
  @MethodSource("impostors")
  void s08AnImpostorOfTheRegistryGetsNoRequest(TestCertificates.Issued certificate) {
    // Given
    try (FakeRegistry registry = FakeRegistry.start(certificate.server());
        TestUpstream upstream = upstreamOf(registry)) {
      // When
      Refusals.expect(
          ErrorCode.UPSTREAM_UNTRUSTED,
          upstream.client().getManifest(upstream.route(), TAG),
          "TLS");
      // Then
      assertThat(registry.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("impostors")
  void s08AnImpostorOfTheTokenServerGetsNoPassword(TestCertificates.Issued certificate) {
    // Given
    try (FakeTokenServer tokens =
            FakeTokenServer.start(MutableClock.create(), certificate.server());
        FakeRegistry registry = FakeRegistry.start(TRUSTED.local().server());
        TestUpstream upstream =
            upstreamOf(registry)
                .realmHost(tokens.authority())
                .with(CredentialProperties.basic("acme", "canary"))) {
      registry.protect(new RegistryAuth.Bearer(tokens));
      // When
      Refusals.expect(
          ErrorCode.UPSTREAM_UNTRUSTED,
          upstream.client().getManifest(upstream.route(), TAG),
          "TLS");
      // Then
      assertThat(tokens.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("impostors")
  void s08AnImpostorOfTheBlobHostGetsNoRequest(TestCertificates.Issued certificate) {
    // Given
    TestBlob blob = TestBlob.of(3, 100);
    try (FakeCdn cdn = FakeCdn.start(certificate.server());
        FakeRegistry registry =
            FakeRegistry.start(TRUSTED.local().server())
                .push(REPOSITORY, blob)
                .redirectingBlobs(cdn);
        TestUpstream upstream = upstreamOf(registry)) {
      // When
      Refusals.expect(
          ErrorCode.UPSTREAM_UNTRUSTED,
          upstream
              .client()
              .openBlob(
                  upstream.route(),
                  Digest.parse(blob.digest()),
                  0,
                  Long.MAX_VALUE,
                  Optional.empty()),
          "TLS");
      // Then
      assertThat(cdn.requests()).isEmpty();
    }
  }

  // Scorecard 12.
  @Test
  void aRedirectFromHttpsToHttpIsRefused() {
    // Given
    TestBlob blob = TestBlob.of(3, 100);
    try (FakeCdn cdn = FakeCdn.start();
        FakeRegistry registry =
            FakeRegistry.start(TRUSTED.local().server())
                .push(REPOSITORY, blob)
                .redirectingBlobs(cdn);
        TestUpstream upstream = upstreamOf(registry)) {
      // When
      StepVerifier.create(
              upstream
                  .client()
                  .openBlob(
                      upstream.route(),
                      Digest.parse(blob.digest()),
                      0,
                      Long.MAX_VALUE,
                      Optional.empty()))
          .expectErrorSatisfies(no -> assertThat(no).hasMessageContaining("is not https"))
          .verify(SOON);
      // Then
      assertThat(cdn.requests()).isEmpty();
    }
  }

  private TestUpstream upstreamOf(FakeRegistry registry) {
    return TestUpstream.at(registry.uri())
        .privateNetwork()
        .trusting(TRUSTED.writeAuthority(directory));
  }
}
