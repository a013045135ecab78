package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.MutableClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DiskPaceTest {

  private static final long MEGABYTE = 1024 * 1024;

  private final MutableClock clock = MutableClock.create();
  private final DiskPace pace = new DiskPace(clock);

  @Test
  void aDiskThatOnlyWritesAndGetsNowhereIsTooSlow() {
    // When
    pace.begins();
    clock.advance(Duration.ofSeconds(4));
    pace.ends(MEGABYTE);

    // Then
    assertThat(pace.isTooSlow()).isTrue();
  }

  @Test
  void writesAtTheSameTimeTakeThatTimeOnce() {
    // When: each of four brings 10 MiB in 4 s.
    for (int writer = 0; writer < 4; writer++) {
      pace.begins();
    }
    clock.advance(Duration.ofSeconds(4));
    for (int writer = 0; writer < 4; writer++) {
      pace.ends(10 * MEGABYTE);
    }

    // Then
    assertThat(pace.isTooSlow()).isFalse();
  }

  @Test
  void aDiskThatMostlyWaitsForBytesIsNotTooSlow() {
    // Given
    pace.begins();
    clock.advance(Duration.ofSeconds(4));
    pace.ends(MEGABYTE);

    // When
    clock.advance(Duration.ofSeconds(2));

    // Then
    assertThat(pace.isTooSlow()).isFalse();
  }
}
