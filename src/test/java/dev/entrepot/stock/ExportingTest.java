package dev.entrepot.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.archive.LayoutWriter;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.ImageReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExportingTest {

  private static final ImageReference NAME = ImageReference.parse("registry.test/app:1");

  @TempDir private Path directory;

  @Test
  void anImageWhosePlatformIsNoneIsNotTheOneThatIsWanted() {
    // Given
    ImageTree.Node wanted = image("a", "linux/amd64");
    ImageTree.Node index =
        new ImageTree.Node(
            ImageTree.INDEX,
            digest("0"),
            "application/vnd.oci.image.index.v1+json",
            1,
            null,
            true,
            List.of(image("b", "/"), image("c", "linux/"), wanted));
    Exporting exporting = new Exporting(directory, Optional.of(Platform.parse("linux/amd64")));

    // When
    exporting.add(NAME, new ImageTree(NAME.toString(), List.of(), false, null, index));

    // Then: the index and one image
    assertThat(exporting.count()).isEqualTo(2);
  }

  @Test
  void aBlobThatCannotBeReadIsOneSentence() throws IOException {
    // Given: a link, which is not followed, fails for every user as a forbidden file does for most
    ImageTree.Node image = image("a", null);
    String hex = image.digest().substring("sha256:".length());
    Path blob = directory.resolve("blobs/sha256").resolve(hex.substring(0, 2)).resolve(hex);
    Files.createDirectories(blob.getParent());
    Files.createSymbolicLink(blob, directory.resolve("elsewhere"));
    Exporting exporting = new Exporting(directory, Optional.empty());
    exporting.add(NAME, new ImageTree(NAME.toString(), List.of(), false, null, image));

    // When / Then
    try (LayoutWriter writer = LayoutWriter.directory(directory.resolve("layout"))) {
      assertThatThrownBy(() -> exporting.write(writer, _ -> {}))
          .isInstanceOf(StockException.class)
          .hasMessageContainingAll(blob + " cannot be read", "as a user who can read");
    }
  }

  private static ImageTree.Node image(String digit, @Nullable String platform) {
    return new ImageTree.Node(
        "image",
        digest(digit),
        "application/vnd.oci.image.manifest.v1+json",
        1,
        platform,
        true,
        List.of());
  }

  private static String digest(String digit) {
    return "sha256:" + digit.repeat(64);
  }
}
