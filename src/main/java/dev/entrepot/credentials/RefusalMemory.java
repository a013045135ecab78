package dev.entrepot.credentials;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Paces the replacement of refused credentials: when a registry refuses whatever is made, who makes
 * it is still asked only once in five seconds and not at every pull.
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

  /** Whether another may be made for this key now; a yes is remembered as done. */
  public synchronized boolean mayReplace(K key) {
    Instant now = clock.instant();
    pausedUntil.values().removeIf(end -> !now.isBefore(end));
    return pausedUntil.putIfAbsent(key, now.plus(PAUSE)) == null;
  }
}
