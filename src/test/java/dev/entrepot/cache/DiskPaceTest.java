package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

class DiskPaceTest {

  private static final long MEGABYTE = 1024 * 1024;

  private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  private final DiskPace pace = new DiskPace(timer);

  @Test
  void aDiskThatOnlyWritesAndGetsNowhereIsTooSlow() {
    // When
    pace.begins();
    timer.advanceTimeBy(Duration.ofSeconds(4));
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
    timer.advanceTimeBy(Duration.ofSeconds(4));
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
    timer.advanceTimeBy(Duration.ofSeconds(4));
    pace.ends(MEGABYTE);

    // When
    timer.advanceTimeBy(Duration.ofSeconds(2));

    // Then
    assertThat(pace.isTooSlow()).isFalse();
  }
}
