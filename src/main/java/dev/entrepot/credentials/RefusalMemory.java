package dev.entrepot.credentials;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Which credentials were refused a moment ago. A mint that makes the same one again is not asked
 * for it at every pull.
 */
public final class RefusalMemory {

  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final Map<String, Instant> pausedUntil = new HashMap<>();

  public RefusalMemory(InstantSource clock) {
    this.clock = clock;
  }

  /** Whether this credential has not been refused a moment ago already. */
  public synchronized boolean isNews(Credential credential) {
    Instant now = clock.instant();
    pausedUntil.values().removeIf(end -> !now.isBefore(end));
    return pausedUntil.putIfAbsent(credential.fingerprint(), now.plus(PAUSE)) == null;
  }
}
