package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestartTest {

  private static final int SIZE = 500_000;

  @TempDir private Path directory;
  private final byte[] content = random(1, SIZE);
  private CacheUnderTest under;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory);
    under.keep(content);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @Test
  void afterACleanStopWhatLooksTheSameIsServedWithoutReadingItTwice() {
    // Given
    under.reopen();
    int before = under.volume.uses("read");

    // When
    byte[] received = readAll(under.stored(content));

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.volume.uses("read") - before).isEqualTo(pieces());
  }

  // Scorecard 27.
  @Test
  void bytesChangedWhileStoppedAreFoundThoughTheTimeWasSetBack() throws IOException {
    // Given
    FileTime time = Files.getLastModifiedTime(under.file(content));
    under.cache().close();
    byte[] changed = content.clone();
    changed[SIZE - 1] ^= 1;
    Files.write(under.file(content), changed);
    Files.setLastModifiedTime(under.file(content), time);
    under.reopen();

    // When
    boolean isStored = under.isStored(content);

    // Then
    assertThat(isStored).isFalse();
    assertThat(under.meters.counter("entrepot.cache.damaged", "found", "verify").count())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lost", "damaged", "cut", "old", "directory"})
  void withoutAGoodIndexEverythingIsFoundAndVerified(String state) throws IOException {
    // Given
    under.cache().close();
    Path index = directory.resolve("INDEX");
    byte[] bytes = Files.readAllBytes(index);
    Files.delete(index);
    switch (state) {
      case "damaged" -> {
        bytes[bytes.length / 2] ^= 1;
        Files.write(index, bytes);
      }
      case "cut" -> Files.write(index, Arrays.copyOf(bytes, 20));
      case "old" -> {
        // As a kill leaves it: nobody said that the stop was clean.
        bytes[8] = 0;
        Files.write(index, bytes);
      }
      case "directory" -> Files.createDirectory(index);
      default -> {}
    }
    under.reopen();
    int before = under.volume.uses("read");

    // When
    byte[] received = readAll(under.stored(content));

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.volume.uses("read") - before).isEqualTo(2 * pieces());
  }

  @Test
  void aKillSpoilsTheIndexOfTheStopBefore() throws IOException {
    // Given
    under.cache().close();
    byte[] clean = Files.readAllBytes(directory.resolve("INDEX"));

    // When
    under.reopen();

    // Then
    byte[] now = Files.readAllBytes(directory.resolve("INDEX"));
    assertThat(clean[8]).isEqualTo((byte) 1);
    assertThat(now[8]).isEqualTo((byte) 0);
  }

  @Test
  void theIndexIsWrittenNowAndThenForTheOrderOfEvictionToOutliveAKill() throws IOException {
    // Given
    Path index = directory.resolve("INDEX");

    // When
    under.timer.advanceTimeBy(Duration.ofMinutes(5));

    // Then
    CacheUnderTest.await(() -> Files.exists(index));
    assertThat(Files.readAllBytes(index)[8]).isEqualTo((byte) 0);
  }

  private int pieces() {
    int piece = Tuning.standard().piece();
    return (SIZE + piece - 1) / piece;
  }
}
