package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeedsTest {

  private static final Digest A = Digest.sha256Of(new byte[] {1});
  private static final Digest B = Digest.sha256Of(new byte[] {2});
  private static final Digest C = Digest.sha256Of(new byte[] {3});

  @Test
  void aManifestNeedsItsConfigAndLayers() {
    // Given
    String json =
        """
        {"schemaVersion": 2, "annotations": {"config": {"digest": "no"}},
         "config": {"size": 1, "digest": "%s", "platform": {"digest": "%s"}},
         "layers": [{"digest": "%s"}, {"digest": "md5:00"}, 7, {"digest": 7}, ["x"]]}"""
            .formatted(A, C, B);

    // When
    Needs needs = in(json);

    // Then
    assertThat(needs.configs()).containsExactly(A);
    assertThat(needs.layers()).containsExactly(B);
    assertThat(needs.isIndex()).isFalse();
  }

  @Test
  void anIndexNeedsItsManifests() {
    // Given
    String json =
        "{\"manifests\": [{\"digest\": \"%s\"}, {\"digest\": \"%s\", \"x\": [{}]}]}"
            .formatted(A, B);

    // When
    Needs needs = in(json);

    // Then
    assertThat(needs.manifests()).containsExactlyInAnyOrder(A, B);
    assertThat(needs.isIndex()).isTrue();
  }

  @Test
  void anImageOfTheFirstSchemaNeedsItsLayers() {
    // Given
    String json = "{\"fsLayers\": [{\"blobSum\": \"%s\"}]}".formatted(A);

    // When
    Needs needs = in(json);

    // Then
    assertThat(needs.layers()).containsExactly(A);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{\"layers\": [{\"digest\": \"sha256:1",
        "{\"layers\": {\"layers\": 1}}",
        "{\"manifests\": \"none\"}",
        "\u0000\u0001"
      })
  void oddBytesNeedNothing(String text) {
    // When
    Needs needs = in(text);

    // Then
    assertThat(needs).isEqualTo(Needs.NOTHING);
  }

  @Test
  void deepNestingIsRefused() {
    // Given
    String json = "{\"a\":" + "[".repeat(100_000);

    // When
    Needs needs = in(json);

    // Then
    assertThat(needs).isEqualTo(Needs.NOTHING);
  }

  private static Needs in(String json) {
    return Needs.in(json.getBytes(StandardCharsets.UTF_8));
  }
}
