package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.Minted;
import java.time.Duration;
import java.time.Instant;

/** How long what a program said is kept: at least through one pull, which asks for many blobs. */
record KeepTime(Duration duration) {

  private static final Duration SHORTEST = Duration.ofSeconds(30);
  private static final double RENEWED = 0.8;

  static KeepTime of(Duration asked) {
    return new KeepTime(asked.compareTo(SHORTEST) < 0 ? SHORTEST : asked);
  }

  <V> Minted<V> from(Instant start, V value) {
    return Minted.renewedAfter(RENEWED, value, start, start.plus(duration));
  }
}
