package dev.entrepot.archive;

import static dev.entrepot.archive.ArchiveUnderTest.directory;
import static dev.entrepot.archive.ArchiveUnderTest.layout;
import static dev.entrepot.archive.ArchiveUnderTest.tar;
import static dev.entrepot.archive.ArchiveUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.testing.Body;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read again, byte for byte, and what is damaged is not. */
final class ImageArchiveTest {

  private static final String NAME = "registry.test/team/app:v1";
  private static final TestImage IMAGE = TestImage.recipe(2100).layer(300_000).build();
  private static final TestIndex INDEX = TestIndex.create(2110);

  @TempDir private Path directory;

  @Test
  void aTarIsReadAsItWasWritten() throws IOException {
    // Given
    Path file = directory.resolve("image.tar");
    try (LayoutWriter writer = LayoutWriter.tar(file)) {
      write(writer, NAME, IMAGE);
    }

    // When / Then
    assertHoldsTheImage(file);
    assertThat(directory)
        .isDirectoryContaining("glob:**image.tar")
        .isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void aDirectoryIsReadAsItWasWritten() throws IOException {
    // Given
    Path layout = directory.resolve("layout");
    try (LayoutWriter writer = LayoutWriter.directory(layout)) {
      write(writer, NAME, IMAGE);
    }

    // When / Then
    assertHoldsTheImage(layout);
  }

  @Test
  void aCopyThatCannotBeMadeIsToldAndDeleted() throws IOException {
    // Given
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (LayoutWriter writer = LayoutWriter.tar(new GZIPOutputStream(packed))) {
      write(writer, NAME, IMAGE);
    }
    Path spool = Files.createFile(directory.resolve("copy.tar"));
    byte[] half = Arrays.copyOf(packed.toByteArray(), packed.size() / 2);

    // When / Then
    assertThatThrownBy(() -> ImageArchive.read(new ByteArrayInputStream(half), spool))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContainingAll("tried to copy the archive", spool.toString());
    assertThat(spool).doesNotExist();
  }

  @Test
  void aCopyIsItsOwnersAlone() throws IOException {
    // Given
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (LayoutWriter writer = LayoutWriter.tar(plain)) {
      write(writer, NAME, IMAGE);
    }
    Path spool = Files.createTempFile(directory, "copy", ".tar");

    // When
    try (ImageArchive _ = ImageArchive.read(new ByteArrayInputStream(plain.toByteArray()), spool)) {
      // Then
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(spool)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void aStreamIsReadWhetherCompressedOrNot() throws IOException {
    // Given
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (LayoutWriter writer = LayoutWriter.tar(plain)) {
      write(writer, NAME, IMAGE);
    }
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(plain.toByteArray());
    }

    // When / Then
    for (byte[] stream : List.of(plain.toByteArray(), packed.toByteArray())) {
      try (ImageArchive archive = ImageArchive.read(new ByteArrayInputStream(stream))) {
        assertHoldsTheImage(archive);
      }
    }
  }

  @Test
  void equalImagesGiveEqualArchives() throws IOException {
    // Given
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    ByteArrayOutputStream second = new ByteArrayOutputStream();

    // When
    for (ByteArrayOutputStream stream : List.of(first, second)) {
      try (LayoutWriter writer = LayoutWriter.tar(stream)) {
        write(writer, NAME, IMAGE);
      }
    }

    // Then
    assertThat(first.toByteArray()).isEqualTo(second.toByteArray());
  }

  @Test
  void anExportOfDamagedContentLeavesNoFile() throws IOException {
    // Given
    Path file = directory.resolve("image.tar");
    Descriptor root = ArchiveUnderTest.root(IMAGE.manifest());

    // When / Then
    try (LayoutWriter writer = LayoutWriter.tar(file)) {
      writer.begin(List.of());
      assertThatThrownBy(() -> writer.blob(root, IMAGE.manifest().body().flippedAt(3).stream()))
          .hasMessageContaining(IMAGE.digest());
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aDirectoryWithSomethingInItIsNotExportedTo() throws IOException {
    // Given
    Files.writeString(directory.resolve("mine"), "mine");

    // When / Then
    assertThatThrownBy(() -> LayoutWriter.directory(directory))
        .hasMessageContaining("not empty")
        .hasMessageContaining(directory.toString());
  }

  @Test
  void anIndexKeepsThePlatformsThatAreThere() throws IOException {
    // Given
    Map<String, Body> files = layout(NAME, INDEX);
    TestImage arm = INDEX.images().get(1);
    files.remove(blob(arm.layers().getFirst().digest()));

    // When
    try (ImageArchive archive = ImageArchive.open(tar(directory.resolve("a.tar"), files))) {
      CheckedImage checked = archive.check(archive.images().getFirst(), _ -> {});

      // Then
      assertThat(checked.missing())
          .extracting(missing -> missing.digest().toString())
          .containsExactly(arm.digest());
      assertThat(checked.contents())
          .extracting(part -> part.digest().toString())
          .contains(INDEX.manifest().digest(), INDEX.images().getFirst().digest())
          .doesNotContain(arm.digest());
    }
  }

  @Test
  void aDamagedBlobIsNamed() throws IOException {
    // Given
    String layer = IMAGE.layers().get(1).digest();
    Map<String, Body> files = layout(NAME, IMAGE);
    files.compute(blob(layer), (_, body) -> body.flippedAt(100));

    // When / Then
    assertRefused(files, layer, "is damaged");
  }

  @Test
  void aMissingBlobIsNamed() throws IOException {
    // Given
    String layer = IMAGE.layers().get(1).digest();
    Map<String, Body> files = layout(NAME, IMAGE);
    files.remove(blob(layer));

    // When / Then
    assertRefused(files, layer, "lacks");
  }

  @Test
  void aNameWithoutRegistryIsNoName() throws IOException {
    // Given
    Path file = tar(directory.resolve("a.tar"), layout("v1", IMAGE));

    // When
    try (ImageArchive archive = ImageArchive.open(file)) {
      // Then
      assertThat(archive.images().getFirst().names()).isEmpty();
      assertThat(archive.images().getFirst().label()).isEqualTo("v1");
    }
  }

  @Test
  void whatIsNoArchiveIsSaidToBeNone() throws IOException {
    // Given
    Path text = Files.writeString(directory.resolve("text"), "no tar at all".repeat(100));
    Path empty = Files.createDirectory(directory.resolve("empty"));

    // When / Then
    assertThatThrownBy(() -> ImageArchive.open(text)).hasMessageContaining("no whole tar archive");
    assertThatThrownBy(() -> ImageArchive.open(empty)).hasMessageContaining("no image archive");
    assertThatThrownBy(() -> ImageArchive.open(directory.resolve("absent")))
        .hasMessageContaining("absent");
  }

  private void assertRefused(Map<String, Body> files, String... words) throws IOException {
    for (Path made :
        List.of(
            tar(directory.resolve("a.tar"), files),
            directory(directory.resolve("layout"), files))) {
      try (ImageArchive archive = ImageArchive.open(made)) {
        assertThatThrownBy(() -> archive.check(archive.images().getFirst(), _ -> {}))
            .isInstanceOf(ArchiveException.class)
            .hasMessageContainingAll(words);
      }
    }
  }

  private static void assertHoldsTheImage(Path made) throws IOException {
    try (ImageArchive archive = ImageArchive.open(made)) {
      assertHoldsTheImage(archive);
    }
  }

  private static void assertHoldsTheImage(ImageArchive archive) throws IOException {
    AtomicLong bytes = new AtomicLong();
    CheckedImage checked = archive.check(archive.images().getFirst(), bytes::addAndGet);
    assertThat(archive.images()).hasSize(1);
    assertThat(checked.image().names()).extracting(Object::toString).containsExactly(NAME);
    assertThat(checked.image().root().digest()).hasToString(IMAGE.digest());
    assertThat(checked.contents()).hasSize(1 + IMAGE.blobs().size());
    assertThat(checked.missing()).isEmpty();
    assertThat(bytes.get())
        .isEqualTo(checked.contents().stream().mapToLong(Descriptor::size).sum());
    for (Descriptor part : checked.contents()) {
      assertThat(Hashing.digest(archive.open(part.digest()))).isEqualTo(part.digest().toString());
    }
  }

  private static String blob(String digest) {
    return "blobs/" + digest.replace(':', '/');
  }
}
