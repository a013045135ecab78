package dev.entrepot.upstream;

import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A bearer token that a token server gave us.
 *
 * @param refreshAt when to get the next one, in the background
 * @param expiresAt when it is of no use any more
 */
record Token(Secret value, Instant refreshAt, Instant expiresAt) {

  private static final Duration LATEST_REFRESH = Duration.ofSeconds(10);

  /** A token that was asked for at {@code start} and lives so long. */
  static Token of(Secret value, Instant start, Duration lifetime) {
    Duration early = lifetime.multipliedBy(8).dividedBy(10);
    Duration late = lifetime.minus(LATEST_REFRESH);
    return new Token(
        value, start.plus(early.compareTo(late) < 0 ? early : late), start.plus(lifetime));
  }

  Minted<Token> minted() {
    return new Minted<>(this, refreshAt, Optional.of(expiresAt));
  }
}
