package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubTest {

  @TempDir private Path directory;
  @TempDir private Path elsewhere;
  private final byte[] content = random(1, 3_000_000);
  private final byte[] other = random(2, 3_000_000);
  private CacheUnderTest under;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory);
    under.keep(content);
    under.keep(other);
  }

  @AfterEach
  void close() {
    under.close();
  }

  // Scorecard 27.
  @Test
  void bitRotIsFoundInTheBackgroundAndDropped() throws IOException {
    // Given
    under.clock.advance(Duration.ofDays(8));
    rot(content);

    // When
    scrubUntil(() -> scrubbed() >= 6_000_000);

    // Then
    assertThat(under.file(content)).doesNotExist();
    assertThat(under.file(other)).exists();
    assertThat(under.meters.counter("entrepot.cache.damaged", "found", "scrub").count())
        .isEqualTo(1);
  }

  @Test
  void whatWasReadLatelyIsLeftAlone() {
    // Given
    under.clock.advance(Duration.ofDays(6));
    int before = under.volume.uses("read");

    // When
    under.timer.advanceTimeBy(Duration.ofHours(1));

    // Then
    assertThat(under.volume.uses("read")).isEqualTo(before);
  }

  @Test
  void itGoesOnWhereItWasAfterARestart() {
    // Given
    under.clock.advance(Duration.ofDays(8));
    scrubUntil(() -> scrubbed() >= 3_000_000);
    under.reopen();
    double before = scrubbed();

    // When
    scrubUntil(() -> scrubbed() >= 6_000_000);
    under.timer.advanceTimeBy(Duration.ofHours(1));

    // Then
    assertThat(before).isLessThan(6_000_000);
    assertThat(scrubbed()).isLessThan(9_000_000);
  }

  @Test
  void itTakesItsTime() {
    // Given
    under.clock.advance(Duration.ofDays(8));
    under.timer.advanceTimeBy(Duration.ofSeconds(1));
    await(() -> scrubbed() > 0);

    // When
    under.timer.advanceTimeBy(Duration.ofSeconds(10));

    // Then
    assertThat(scrubbed()).isEqualTo(1024 * 1024);
  }

  private void rot(byte[] blob) throws IOException {
    StoredContentTest.Damage.FLIPPED.afflict(under.file(blob), elsewhere);
  }

  private double scrubbed() {
    return under.meters.counter("entrepot.cache.scrubbed.bytes").count();
  }

  private void scrubUntil(BooleanSupplier condition) {
    await(
        () -> {
          under.timer.advanceTimeBy(Duration.ofSeconds(20));
          return condition.getAsBoolean();
        });
  }
}
