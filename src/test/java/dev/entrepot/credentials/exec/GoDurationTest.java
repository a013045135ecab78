package dev.entrepot.credentials.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations as plugins write them. */
class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "0, PT0S",
    "0s, PT0S",
    "12h, PT12H",
    "6h0m0s, PT6H",
    "1h30m, PT1H30M",
    "1.5h, PT1H30M",
    ".5s, PT0.5S",
    "1.s, PT1S",
    "300ms, PT0.3S",
    "5us, PT0.000005S",
    "5µs, PT0.000005S",
    "7ns, PT0.000000007S",
    "30m1h, PT1H30M",
    "-1s, PT-1S",
    "+1s, PT1S"
  })
  void isRead(String text, Duration duration) {
    assertThat(GoDuration.parse(text)).contains(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", "12", "12 h", "1d", "h", "1h ", "P1D", "1h-1m", ".s", "9999999999h"})
  void isNoDuration(String text) {
    assertThat(GoDuration.parse(text)).isEmpty();
  }
}
