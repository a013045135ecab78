package dev.entrepot.upstream;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that never runs back: when the one beneath is set back, it goes on from where it was, so
 * that a rest or a memory lasts no longer than it should. What it shows may be ahead of the day.
 */
public final class OnwardClock implements InstantSource {

  private final InstantSource source;
  private Instant latest = Instant.MIN;
  private Duration ahead = Duration.ZERO;

  public OnwardClock(InstantSource source) {
    this.source = source;
  }

  @Override
  public synchronized Instant instant() {
    Instant now = source.instant().plus(ahead);
    if (now.isBefore(latest)) {
      ahead = ahead.plus(Duration.between(now, latest));
      now = latest;
    }
    latest = now;
    return now;
  }
}
