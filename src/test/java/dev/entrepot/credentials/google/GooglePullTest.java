package dev.entrepot.credentials.google;

import static dev.entrepot.credentials.google.TestGoogle.PULLER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.testing.ArtifactRegistry;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pulls from Artifact Registry through Entrepot with a service account's key. */
class GooglePullTest {

  private static final String REPOSITORY = "acme/team/app";

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();
  private final TestImage image = TestImage.create(1);
  private FakeGoogle google;
  private ArtifactRegistry registry;

  @BeforeEach
  void start() throws IOException {
    google = FakeGoogle.start(mirror.clock());
    mirror.registry().push(REPOSITORY, image, "1", "2");
    registry = ArtifactRegistry.protecting(mirror.registry(), google).allow(PULLER);
    var key = Files.writeString(mirror.directory().resolve("key.json"), google.keyOf(PULLER));
    mirror.restart(
        recipe ->
            recipe.upstreams(
                mirror.rule().credentials(new CredentialProperties.Google(key, null)).build()));
  }

  @AfterEach
  void close() {
    google.close();
  }

  @Test
  void anImageIsPulledWithOneToken() {
    // When / Then
    assertThat(manifest("1").text()).isEqualTo(image.manifest().json());
    for (var blob : image.blobs()) {
      assertThat(mirror.get(REPOSITORY + "/blobs/" + blob.digest()).body().toBytes())
          .isEqualTo(blob.body().toBytes());
    }
    assertThat(google.count(FakeGoogle.TOKEN)).isEqualTo(1);
    assertThat(mirror.registry().requests())
        .anySatisfy(request -> assertThat(request.path()).startsWith("/artifacts-downloads/"))
        .allSatisfy(
            request ->
                assertThat(request.header("Authorization"))
                    .hasValueSatisfying(shown -> assertThat(shown).startsWith("Bearer ya29.")));
  }

  @Test
  void aRefusedTokenIsReplacedWithinThePull() {
    // Given
    manifest("1");
    google.revokeAll();
    // When / Then
    assertThat(manifest("2").status()).isEqualTo(200);
    assertThat(google.count(FakeGoogle.TOKEN)).isEqualTo(2);
  }

  @Test
  void anEndedTokenIsReplacedBeforeThePull() {
    // Given
    manifest("1");
    mirror.clock().advance(Duration.ofHours(2));
    // When / Then
    assertThat(manifest("2").status()).isEqualTo(200);
    assertThat(google.count(FakeGoogle.TOKEN)).isEqualTo(2);
  }

  @Test
  void aMissingRoleIsDenied() {
    // Given
    registry.disallow(PULLER);
    // When
    ProbeAnswer answer = manifest("1");
    // Then
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.reason()).contains("but it answered 403");
  }

  @Test
  void aRefusedKeyIsTheReasonOfThe403() {
    // Given
    google.deleteKeysOf(PULLER);
    // When
    ProbeAnswer answer = manifest("1");
    // Then
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.reason())
        .contains("google rule 'registry.test': ", "its key was refused (invalid_grant)");
    assertThat(answer.text())
        .contains(
            "google rule 'registry.test': service account "
                + PULLER
                + ": its key was refused (invalid_grant)");
    assertThat(answer.text()).doesNotContain("canary");
  }

  private ProbeAnswer manifest(String tag) {
    return mirror.get(REPOSITORY + "/manifests/" + tag, "Accept: " + image.manifest().mediaType());
  }
}
