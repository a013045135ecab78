package dev.entrepot.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.MutableClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often a refused credential is replaced. */
class RefusalMemoryTest {

  private final MutableClock clock = MutableClock.create();
  private final RefusalMemory<String> memory = new RefusalMemory<>(clock);

  @Test
  void aReplacementIsMadeOnceInFiveSecondsForEachKey() {
    // Given
    assertThat(memory.mayReplace("one")).isTrue();
    clock.advance(Duration.ofSeconds(1));
    assertThat(memory.mayReplace("other")).isTrue();
    // When
    clock.advance(Duration.ofSeconds(4));
    // Then
    assertThat(memory.mayReplace("other")).isFalse();
    assertThat(memory.mayReplace("one")).isTrue();
    assertThat(memory.mayReplace("one")).isFalse();
  }
}
