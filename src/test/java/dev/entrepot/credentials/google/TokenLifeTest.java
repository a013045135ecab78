package dev.entrepot.credentials.google;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a token is renewed. */
class TokenLifeTest {

  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

  @ParameterizedTest
  @CsvSource({
    // life, whether it is the same token again, when it is renewed
    "PT1H, false, PT54M",
    "PT12H, false, PT10H48M",
    "PT20M, false, PT15M",
    "PT5M, false, PT2M30S",
    "PT1M, false, PT30S",
    "PT12S, false, PT10S",
    "PT1H, true, PT30M",
    "PT4M, true, PT2M"
  })
  void aTokenIsRenewedWellBeforeItsEndOrHalfwayThroughTheRest(
      Duration life, boolean isSame, Duration expected) {
    assertThat(TokenLife.renewal(NOW, Optional.of(NOW.plus(life)), isSame))
        .isEqualTo(NOW.plus(expected));
  }

  @Test
  void aTokenWithoutAnEndIsRenewedAnyway() {
    assertThat(TokenLife.renewal(NOW, Optional.empty(), false))
        .isEqualTo(NOW.plus(Duration.ofMinutes(30)));
  }
}
