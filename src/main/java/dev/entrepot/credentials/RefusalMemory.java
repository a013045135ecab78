package dev.entrepot.credentials;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Which credential was refused last. A mint that makes the same one again is not asked for it at
 * every pull.
 */
public final class RefusalMemory {

  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final InstantSource clock;
  private String fingerprint = "";
  private Instant at = Instant.MIN;

  public RefusalMemory(InstantSource clock) {
    this.clock = clock;
  }

  /** Whether this credential has not been refused a moment ago already. */
  public synchronized boolean isNews(Credential credential) {
    Instant now = clock.instant();
    if (credential.fingerprint().equals(fingerprint) && now.isBefore(at.plus(PAUSE))) {
      return false;
    }
    fingerprint = credential.fingerprint();
    at = now;
    return true;
  }
}
