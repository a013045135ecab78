package dev.entrepot.archive;

import static dev.entrepot.archive.ArchiveUnderTest.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.testing.Body;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.TestBlob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docker save} wrote for years. */
final class DockerSaveTest {

  private static final Body LAYER = TestBlob.of(2300, 40_000);
  private static final Body CONFIG =
      Body.of(
          "{\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
              .formatted(Hashing.digest(LAYER)));

  @TempDir private Path directory;

  @Test
  void aManifestIsMadeForTheLayersAsTheyAre() throws IOException {
    // Given
    Path file = tar(directory.resolve("a.tar"), saved("0123/layer.tar", LAYER));

    // When
    try (ImageArchive archive = ImageArchive.open(file)) {
      CheckedImage checked = archive.check(archive.images().getFirst(), _ -> {});

      // Then
      assertThat(archive.hasMadeManifests()).isTrue();
      assertThat(checked.image().names())
          .extracting(Object::toString)
          .containsExactly("docker.io/library/web:1.0", "registry.test/web:2");
      assertThat(checked.contents())
          .extracting(Descriptor::mediaType)
          .containsExactly(
              "application/vnd.docker.distribution.manifest.v2+json",
              "application/vnd.docker.container.image.v1+json",
              "application/vnd.docker.image.rootfs.diff.tar");
      assertThat(checked.contents().getLast().digest()).hasToString(Hashing.digest(LAYER));
      for (Descriptor part : checked.contents()) {
        assertThat(Hashing.digest(archive.open(part.digest()))).isEqualTo(part.digest().toString());
      }
    }
  }

  @Test
  void aCompressedLayerIsKeptAsItIs() throws IOException {
    // Given
    Body packed = gzip(LAYER);
    Path file = tar(directory.resolve("a.tar"), saved("layer.tar.gz", packed));

    // When
    try (ImageArchive archive = ImageArchive.open(file)) {
      CheckedImage checked = archive.check(archive.images().getFirst(), _ -> {});

      // Then
      Descriptor layer = checked.contents().getLast();
      assertThat(layer.mediaType()).isEqualTo("application/vnd.docker.image.rootfs.diff.tar.gzip");
      assertThat(layer.digest()).hasToString(Hashing.digest(packed));
    }
  }

  @Test
  void aLayerThatIsNotTheConfigsIsRefused() throws IOException {
    // Given
    Path plain = tar(directory.resolve("plain.tar"), saved("0123/layer.tar", LAYER.flippedAt(7)));
    Path packed =
        tar(directory.resolve("packed.tar"), saved("layer.tar.gz", gzip(LAYER.flippedAt(7))));

    // When / Then
    try (ImageArchive archive = ImageArchive.open(plain)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
          .hasMessageContainingAll(Hashing.digest(LAYER), "damaged");
    }
    assertThatThrownBy(() -> ImageArchive.open(packed))
        .hasMessageContainingAll("layer.tar.gz", "damaged");
  }

  @Test
  void aConfigThatIsNotWhatItIsCalledIsRefused() throws IOException {
    // Given
    Map<String, Body> files = saved("0123/layer.tar", LAYER);
    files.compute(configName(), (_, body) -> body.flippedAt(8));
    Path file = tar(directory.resolve("a.tar"), files);

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(file))
        .hasMessageContainingAll(configName(), "damaged");
  }

  @Test
  void aManifestThatNamesFilesOutsideIsRefused() throws IOException {
    // Given
    Map<String, Body> files = new LinkedHashMap<>();
    files.put("manifest.json", Body.of("[{\"Config\":\"../../etc/hostname\",\"Layers\":[]}]"));
    Path inTar = tar(directory.resolve("a.tar"), files);
    Path inDirectory = ArchiveUnderTest.directory(directory.resolve("d"), files);

    // When / Then
    for (Path made : List.of(inTar, inDirectory)) {
      assertThatThrownBy(() -> ImageArchive.open(made))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("leads out");
    }
  }

  @Test
  void aConfigThatIsNoJsonIsRefused() throws IOException {
    // Given
    Map<String, Body> files = new LinkedHashMap<>();
    files.put("config.json", Body.of("{"));
    files.put("manifest.json", Body.of("[{\"Config\":\"config.json\",\"Layers\":[]}]"));
    Path file = tar(directory.resolve("a.tar"), files);

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(file))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("config.json is no JSON");
  }

  @Test
  void aNameThatIsNoPathIsRefused() throws IOException {
    // Given: half a character, which no file system takes
    Map<String, Body> files =
        Map.of("manifest.json", Body.of("[{\"Config\":\"\\ud800\",\"Layers\":[]}]"));
    Path unpacked = ArchiveUnderTest.directory(directory.resolve("d"), files);

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(unpacked))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("no file can be called");
  }

  private static Map<String, Body> saved(String layerName, Body layer) {
    Map<String, Body> files = new LinkedHashMap<>();
    files.put(layerName, layer);
    files.put(configName(), CONFIG);
    files.put(
        "manifest.json",
        Body.of(
            "[{\"Config\":\"%s\",\"RepoTags\":[\"web:1.0\",\"registry.test/web:2\"],\"Layers\":[\"%s\"]}]"
                .formatted(configName(), layerName)));
    return files;
  }

  private static String configName() {
    return Hashing.digest(CONFIG).substring("sha256:".length()) + ".json";
  }

  private static Body gzip(Body plain) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(plain.toBytes());
    }
    return Body.of(packed.toByteArray());
  }
}
