package dev.entrepot.web;

import java.time.Duration;

/**
 * What clients of the registry listener may take.
 *
 * @param stall how long one may take nothing of an answer that is ready for it
 * @param head from a request's first byte to the end of its head
 * @param connections how many there may be at once
 */
public record ClientLimits(Duration stall, Duration head, int connections) {

  private static final Duration HEAD = Duration.ofSeconds(10);

  /** What so many idle connections cost is still little. */
  private static final int CONNECTIONS = 10_000;

  /** The usual ones, with this patience for clients that stall. */
  public static ClientLimits stallingAtMost(Duration stall) {
    return new ClientLimits(stall, HEAD, CONNECTIONS);
  }
}
