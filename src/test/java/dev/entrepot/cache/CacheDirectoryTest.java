package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.metrics.Meters;
import dev.entrepot.testing.CacheSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheDirectoryTest {

  @TempDir private Path directory;

  @Test
  void aSecondUserIsToldWhatToDo() {
    // Given
    try (ContentCache _ = open()) {
      // When
      var second = assertThatThrownBy(this::open);

      // Then
      second
          .isInstanceOf(CacheException.class)
          .hasMessageContaining(directory.toString())
          .hasMessageContaining("another process")
          .hasMessageContaining("entrepot.cache.directory");
    }
  }

  @Test
  void theDirectoryIsFreeAfterItWasClosed() {
    // Given
    open().close();

    // When
    ContentCache again = open();

    // Then
    again.close();
    assertThat(directory.resolve("VERSION")).hasContent("1");
  }

  @Test
  void theDirectoryOfAnotherVersionIsRefused() throws IOException {
    // Given
    Files.writeString(directory.resolve("VERSION"), "7\n");

    // When
    var opened = assertThatThrownBy(this::open);

    // Then
    opened.isInstanceOf(CacheException.class).hasMessageContaining("VERSION is '7'");
  }

  @Test
  void aDirectoryThatCannotBeIsRefused() throws IOException {
    // Given
    Files.writeString(directory.resolve("file"), "in the way");
    CacheProperties properties = properties(directory.resolve("file/cache"));

    // When
    var opened =
        assertThatThrownBy(
            () -> ContentCache.open(properties, InstantSource.system(), Meters.unread()));

    // Then
    opened.isInstanceOf(CacheException.class).hasMessageContaining("file/cache");
  }

  @Test
  void whatWasBeingFetchedIsDroppedOnStart() throws IOException {
    // Given
    Files.createDirectories(directory.resolve("fills"));
    Files.writeString(directory.resolve("fills/fill-1"), "half");

    // When
    open().close();

    // Then
    assertThat(directory.resolve("fills")).isEmptyDirectory();
  }

  // Scorecard 28.
  @ParameterizedTest
  @ValueSource(strings = {"VERSION", "LOCK", "INDEX", "blobs", "fills", "upstreams"})
  void aSymlinkInPlaceOfItsOwnFilesIsRefused(String name, @TempDir Path elsewhere)
      throws IOException {
    // Given
    Path inside = Files.writeString(elsewhere.resolve("precious"), "1");
    boolean isFile = name.equals(name.toUpperCase(Locale.ROOT));
    Files.createSymbolicLink(directory.resolve(name), isFile ? inside : elsewhere);

    // When
    var opened = assertThatThrownBy(this::open);

    // Then
    opened.isInstanceOf(CacheException.class).hasMessageContaining(directory.toString());
    assertThat(inside).hasContent("1");
    assertThat(CacheUnderTest.files(elsewhere)).hasSize(1);
  }

  @Test
  void strangersAmongTheBlobsAreIgnored() throws IOException {
    // Given
    Path prefix = Files.createDirectories(directory.resolve("blobs/sha256/ab"));
    Files.writeString(prefix.resolve("not-a-digest"), "?");
    Files.createDirectories(prefix.resolve("ab".repeat(32)));
    Files.createDirectories(directory.resolve("blobs/md5/ab"));

    // When
    ContentCache opened = open();

    // Then
    opened.close();
    assertThat(prefix.resolve("not-a-digest")).exists();
  }

  private ContentCache open() {
    return ContentCache.open(properties(directory), InstantSource.system(), Meters.unread());
  }

  private static CacheProperties properties(Path directory) {
    return CacheSettings.in(directory).properties();
  }
}
