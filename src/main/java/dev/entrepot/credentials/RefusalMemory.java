package dev.entrepot.credentials;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Whose credentials were refused a moment ago. Who makes them is not asked for others at every pull
 * when all of them are refused.
 *
 * @param <K> what a credential is made for
 */
public final class RefusalMemory<K> {

  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final Map<K, Instant> pausedUntil = new HashMap<>();

  public RefusalMemory(InstantSource clock) {
    this.clock = clock;
  }

  /** Whether what was made for this key has not been refused a moment ago already. */
  public synchronized boolean isNews(K key) {
    Instant now = clock.instant();
    pausedUntil.values().removeIf(end -> !now.isBefore(end));
    return pausedUntil.putIfAbsent(key, now.plus(PAUSE)) == null;
  }
}
