package dev.entrepot.archive;

import static dev.entrepot.archive.ArchiveUnderTest.layout;
import static dev.entrepot.archive.ArchiveUnderTest.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.testing.Body;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that were made to do harm do none. */
final class HostileArchiveTest {

  private static final String SECRET = "what the archive must not get at";
  private static final String INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
  private static final TestImage IMAGE = TestImage.create(2200);

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"../outside", "a/../../outside", "/etc/passwd", "a\\..\\b"})
  void aNameThatLeadsOutIsRefused(String name) throws IOException {
    // Given
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    files.put(name, Body.of("x"));
    Path file = tar(directory.resolve("a.tar"), files);

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(file))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("leads out");
    assertThat(directory.getParent()).isDirectoryNotContaining("glob:**outside");
  }

  @Test
  void aLinkInADirectoryIsNotFollowed() throws IOException {
    // Given
    Path secret = Files.writeString(directory.resolve("secret"), SECRET);
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    String layer = "blobs/" + IMAGE.layers().getFirst().digest().replace(':', '/');
    files.remove(layer);
    Path layout = ArchiveUnderTest.directory(directory.resolve("layout"), files);
    Files.createSymbolicLink(layout.resolve(layer), secret);

    // When / Then
    try (ImageArchive archive = ImageArchive.open(layout)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("no link")
          .hasMessageNotContaining(SECRET);
    }
  }

  @Test
  void aLinkedDirectoryInADirectoryIsNotFollowed() throws IOException {
    // Given
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    Path layout = ArchiveUnderTest.directory(directory.resolve("layout"), files);
    Files.move(layout.resolve("blobs"), directory.resolve("elsewhere"));
    Files.createSymbolicLink(layout.resolve("blobs"), directory.resolve("elsewhere"));

    // When / Then
    try (ImageArchive archive = ImageArchive.open(layout)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
          .hasMessageContaining("no link");
    }
  }

  @Test
  void aLinkOutOfATarIsNotFollowed() throws IOException {
    // Given
    Path secret = Files.writeString(directory.resolve("secret"), SECRET);
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    String layer = "blobs/" + IMAGE.layers().getFirst().digest().replace(':', '/');
    files.remove(layer);
    Path file = tar(directory.resolve("a.tar"), layer, secret.toString(), files);

    // When / Then
    try (ImageArchive archive = ImageArchive.open(file)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
          .hasMessageContaining("lacks blob");
    }
  }

  @Test
  void aLinkWithinATarIsAnotherNameForAFile() throws IOException {
    // Given
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    String layer = "blobs/" + IMAGE.layers().getFirst().digest().replace(':', '/');
    Body body = files.remove(layer);
    files.put("real", body);
    Path file = tar(directory.resolve("a.tar"), layer, "../../real", files);

    // When
    try (ImageArchive archive = ImageArchive.open(file)) {
      // Then
      assertThat(archive.check(archive.images().getFirst(), _ -> {}).contents()).hasSize(4);
    }
  }

  @Test
  void aCircleOfLinksEnds() throws IOException {
    // Given
    Path file = tar(directory.resolve("a.tar"), "index.json", "index.json", Map.of());

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(file)).hasMessageContaining("no image archive");
  }

  @Test
  void anIndexThatIsLargerThanMemoryIsRefused() throws IOException {
    // Given
    Path file =
        tar(directory.resolve("a.tar"), Map.of("index.json", Body.of(new byte[9 * 1024 * 1024])));

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(file)).hasMessageContaining("too many");
  }

  @Test
  void aManifestThatListsItselfEnds() throws IOException {
    // Given: as near as one can come, an index that lists one index after another
    Map<String, Body> files = new LinkedHashMap<>();
    String digest = IMAGE.digest();
    files.put("blobs/" + digest.replace(':', '/'), IMAGE.manifest().body());
    for (int i = 0; i < 10; i++) {
      Body index =
          Body.of(
              "{\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"%s\",\"size\":1}]}"
                  .formatted(digest));
      digest = Hashing.digest(index);
      files.put("blobs/" + digest.replace(':', '/'), index);
    }
    files.put(
        "index.json",
        Body.of(
            "{\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"%s\",\"size\":1}]}"
                .formatted(digest)));
    Path file = tar(directory.resolve("a.tar"), files);

    // When / Then
    try (ImageArchive archive = ImageArchive.open(file)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
          .hasMessageContaining("nested too deep");
    }
  }

  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whatAnIndexListsOverAndOverIsReadOnce() throws IOException {
    // Given
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    String child =
        descriptor(IMAGE.manifest().mediaType(), IMAGE.digest(), IMAGE.manifest().body());
    for (int depth = 0; depth < 4; depth++) {
      Body index =
          Body.of(
              "{\"manifests\":[%s]}".formatted(String.join(",", Collections.nCopies(100, child))));
      String digest = Hashing.digest(index);
      files.put("blobs/" + digest.replace(':', '/'), index);
      child = descriptor(INDEX_TYPE, digest, index);
    }
    files.put("index.json", Body.of("{\"manifests\":[%s]}".formatted(child)));
    Path file = tar(directory.resolve("a.tar"), files);

    // When
    try (ImageArchive archive = ImageArchive.open(file)) {
      // Then
      assertThat(archive.check(archive.images().getFirst(), _ -> {}).contents()).hasSize(8);
    }
  }

  @Test
  void aBlobOfAnotherSizeThanAnnouncedIsRefusedUnread() throws IOException {
    // Given
    TestImage image = TestImage.recipe(2210).layer(300_000).build();
    Map<String, Body> files = layout("registry.test/app:1", image);
    long layer = image.layers().getLast().body().length();
    announce(image, files, "\"size\":" + layer, "\"size\":" + (layer + 1));
    Path file = tar(directory.resolve("a.tar"), files);
    AtomicLong read = new AtomicLong();

    // When / Then
    try (ImageArchive archive = ImageArchive.open(file)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), read::addAndGet))
          .hasMessageContaining((layer + 1) + " are announced");
      assertThat(read.get()).isLessThan(layer);
    }
  }

  @Test
  void aBlobThatIsListedAgainInAnotherSizeIsRefused() throws IOException {
    // Given
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    var layer = IMAGE.layers().getFirst();
    String listed = descriptor(layer.mediaType(), layer.digest(), layer.body());
    String again = listed.replaceFirst("\"size\":.*", "\"size\":7}");
    announce(IMAGE, files, "\"layers\":[", "\"layers\":[" + listed + "," + again + ",");
    Path file = tar(directory.resolve("a.tar"), files);

    // When / Then
    try (ImageArchive archive = ImageArchive.open(file)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
          .hasMessageContaining("7 are announced");
    }
  }

  @Test
  void aSparseFileIsRefused() throws IOException {
    // Given
    Path file = directory.resolve("a.tar");
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(file))) {
      tar.putArchiveEntry(new TarArchiveEntry("blobs/huge", TarConstants.LF_GNUTYPE_SPARSE));
      tar.closeArchiveEntry();
    }

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(file))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContainingAll("blobs/huge", "sparse");
  }

  @Test
  void aLinkToWhatIsNoPathIsRefusedAndTheTarClosed() throws IOException {
    // Given
    String target = "x".repeat(150) + "\0";
    Path file = tar(directory.resolve("odd.tar"), "link", target, Map.of());

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(file))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("no file can be called");
    assertThat(openFiles()).doesNotContain(file);
  }

  /** Changes the image's manifest, and the index that lists it. */
  private static void announce(
      TestImage image, Map<String, Body> files, String said, String instead) {
    Body changed = Body.of(image.manifest().json().replace(said, instead));
    String digest = Hashing.digest(changed);
    files.put("blobs/" + digest.replace(':', '/'), changed);
    files.put(
        "index.json",
        Body.of(
            "{\"manifests\":[%s]}"
                .formatted(descriptor(image.manifest().mediaType(), digest, changed))));
  }

  private static String descriptor(String mediaType, String digest, Body body) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(mediaType, digest, body.length());
  }

  private static List<Path> openFiles() throws IOException {
    List<Path> open = new ArrayList<>();
    try (DirectoryStream<Path> numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path number : numbers) {
        try {
          open.add(Files.readSymbolicLink(number));
        } catch (NoSuchFileException _) {
          // Closed meanwhile.
        }
      }
    }
    return open;
  }

  @Test
  void aManifestThatPosesAsAnotherKindIsRefused() throws IOException {
    // Given
    Map<String, Body> files = layout("registry.test/app:1", IMAGE);
    files.compute(
        "index.json",
        (_, index) ->
            Body.of(
                new String(index.toBytes(), StandardCharsets.UTF_8)
                    .replace("image.manifest.v1", "image.index.v1")));
    Path file = tar(directory.resolve("a.tar"), files);

    // When / Then
    try (ImageArchive archive = ImageArchive.open(file)) {
      assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
          .hasMessageContaining("announced as");
    }
  }

  @Test
  void aTruncatedTarIsRefused() throws IOException {
    // Given
    Path whole = tar(directory.resolve("a.tar"), layout("registry.test/app:1", IMAGE));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = directory.resolve("cut.tar");

    // When / Then
    for (int length : new int[] {bytes.length / 3, bytes.length / 2, 3 * bytes.length / 4}) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThatThrownBy(
              () -> {
                try (ImageArchive archive = ImageArchive.open(cut)) {
                  archive.check(archive.images().getFirst(), _ -> {});
                }
              })
          .isInstanceOf(ArchiveException.class);
    }
  }
}
