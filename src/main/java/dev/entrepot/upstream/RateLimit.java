package dev.entrepot.upstream;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How much an upstream lets us pull, as Docker Hub says it in the headers of its answers.
 *
 * @param limit the pulls granted in a window
 * @param remaining those that are left
 * @param source whose pulls are counted: an address, or an account
 * @param seen when it was said
 */
public record RateLimit(
    long limit, long remaining, Duration window, Optional<String> source, Instant seen) {

  /** Whether less than a tenth is left. */
  public boolean isLow() {
    return remaining * 10 < limit;
  }
}
