package dev.entrepot.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.MutableClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often the refusal of a credential is news. */
class RefusalMemoryTest {

  private final MutableClock clock = MutableClock.create();
  private final RefusalMemory<String> memory = new RefusalMemory<>(clock);

  @Test
  void aRefusalIsNewsOnceInFiveSecondsForEachKey() {
    // Given
    assertThat(memory.isNews("one")).isTrue();
    clock.advance(Duration.ofSeconds(1));
    assertThat(memory.isNews("other")).isTrue();
    // When
    clock.advance(Duration.ofSeconds(4));
    // Then
    assertThat(memory.isNews("other")).isFalse();
    assertThat(memory.isNews("one")).isTrue();
    assertThat(memory.isNews("one")).isFalse();
  }
}
