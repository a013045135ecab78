package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidentPagesTest {

  private static final int SIZE = 100_000;

  @TempDir private Path directory;

  @Test
  void whatWasJustWrittenIsInMemory() throws IOException {
    // Given
    try (FileChannel channel = FileChannel.open(written());
        ResidentPages pages = new ResidentPages(channel)) {
      // When
      boolean all = pages.hold(0, SIZE);
      boolean middle = pages.hold(10_001, 20_000);

      // Then
      assertThat(all).isTrue();
      assertThat(middle).isTrue();
    }
  }

  @Test
  void nothingLiesBehindTheEnd() throws IOException {
    // Given
    try (FileChannel channel = FileChannel.open(written());
        ResidentPages pages = new ResidentPages(channel)) {
      // When
      boolean more = pages.hold(SIZE - 10, 20);

      // Then
      assertThat(more).isFalse();
    }
  }

  /** Content that cannot be asked about is read, not dropped. */
  @Test
  void whereNothingIsToldNothingIsInMemory() throws IOException {
    // Given: what is not open for reading cannot be mapped.
    try (FileChannel channel = FileChannel.open(written(), StandardOpenOption.WRITE);
        ResidentPages pages = new ResidentPages(channel)) {
      // When
      boolean first = pages.hold(0, SIZE);
      boolean again = pages.hold(0, SIZE);

      // Then
      assertThat(first).isFalse();
      assertThat(again).isFalse();
    }
  }

  private Path written() throws IOException {
    return Files.write(directory.resolve("file"), new byte[SIZE]);
  }
}
