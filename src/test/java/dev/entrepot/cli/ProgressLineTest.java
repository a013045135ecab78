package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.MutableClock;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How far long work is, for who watches and for a log. */
final class ProgressLineTest {

  private final MutableClock clock = MutableClock.create();
  private final StringWriter err = new StringWriter();

  @Test
  void whoWatchesSeesABarThatGoesAway() {
    // Given
    ProgressLine line = new ProgressLine(new PrintWriter(err), "warm", true, clock);

    // When
    clock.advance(Duration.ofSeconds(1));
    line.at(5_000_000, 10_000_000, 1, 2);
    line.at(6_000_000, 10_000_000, 1, 2);
    line.close();

    // Then
    String bar = "warm [############            ]  50% 5.0 MB of 10.0 MB, 1 of 2 blobs, 5.0 MB/s";
    assertThat(err).hasToString("\r" + bar + "\r" + " ".repeat(bar.length()) + "\r");
  }

  @Test
  void aLogGetsALineEverySoOften() {
    // Given
    ProgressLine line = new ProgressLine(new PrintWriter(err), "warm", false, clock);

    // When
    for (int second = 1; second <= 11; second++) {
      clock.advance(Duration.ofSeconds(1));
      line.at(second * 1_000_000L, 20_000_000, 0, 2);
    }
    line.close();

    // Then
    assertThat(err.toString().lines())
        .containsExactly(
            "warm: 5.0 MB of 20.0 MB, 0 of 2 blobs, 1.0 MB/s",
            "warm: 10.0 MB of 20.0 MB, 0 of 2 blobs, 1.0 MB/s");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 1.0 kB",
    "999949, 999.9 kB",
    "999950, 1.0 MB",
    "20000000000, 20.0 GB",
    "9223372036854775807, 9.2 EB"
  })
  void sizesAreAsPeopleReadThem(long bytes, String text) {
    assertThat(Sizes.of(bytes)).isEqualTo(text);
  }
}
