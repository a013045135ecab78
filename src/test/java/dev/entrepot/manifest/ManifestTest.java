package dev.entrepot.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from manifests. */
final class ManifestTest {

  @Test
  void anIndexTellsItsPlatforms() {
    // Given
    TestIndex index = TestIndex.create(2000);

    // When
    Manifest manifest = Manifest.parse(index.manifest().json().getBytes(UTF_8));

    // Then
    assertThat(((Manifest.Index) manifest).children())
        .extracting(child -> child.platform().orElseThrow().toString())
        .containsExactly("linux/amd64", "linux/arm64");
    assertThat(manifest.references())
        .extracting(child -> child.digest().toString())
        .containsExactlyElementsOf(index.images().stream().map(TestImage::digest).toList());
  }

  @Test
  void anImageTellsItsConfigAndLayers() {
    // Given
    TestImage image = TestImage.create(2001);

    // When
    Manifest manifest = Manifest.parse(image.manifest().json().getBytes(UTF_8));

    // Then
    assertThat(manifest.references())
        .extracting(part -> part.digest().toString())
        .containsExactlyElementsOf(image.blobs().stream().map(blob -> blob.digest()).toList());
  }

  @Test
  void layersThatOnlyLieElsewhereAreLeftOut() {
    // Given
    String digest = TestImage.create(2002).digest();
    String json =
        """
        {"config":{"mediaType":"c","digest":"%1$s","size":1},"layers":[
        {"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","digest":"%1$s","size":1,"urls":["u"]}]}"""
            .formatted(digest);

    // When / Then
    assertThat(Manifest.parse(json.getBytes(UTF_8)).references()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"schemaVersion\":1,\"fsLayers\":[]}",
        "{\"manifests\":[{}]}",
        "{\"config\":{\"digest\":\"sha256:zz\",\"size\":1}}",
        "{\"config\":{\"digest\":\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"}}"
      })
  void whatIsNoManifestIsRefused(String json) {
    assertThatThrownBy(() -> Manifest.parse(json.getBytes(UTF_8)))
        .isInstanceOf(ManifestException.class)
        .hasMessageStartingWith("it ");
  }

  @ParameterizedTest
  @CsvSource({
    "linux/arm64/v8, linux/arm64, true",
    "linux/arm64, linux/arm64/v8, true",
    "linux/arm/v7, linux/arm, true",
    "linux/arm, linux/arm/v7, false",
    "linux/arm/v6, linux/arm/v7, false",
    "windows/amd64, linux/amd64, false"
  })
  void aPlatformWithoutVariantMeansAny(String has, String wanted, boolean satisfies) {
    assertThat(Platform.parse(has).satisfies(Platform.parse(wanted))).isEqualTo(satisfies);
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux", "linux/", "/amd64", "a/b/c/d", ""})
  void whatIsNoPlatformIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Platform.parse(text));
  }
}
