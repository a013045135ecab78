package dev.entrepot.cache;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Whether the disk holds a flight up: it is always writing, and yet does not get far. */
final class DiskPace {

  /** Slower than this is slower than most upstreams. */
  private static final double SLOW_BYTES_PER_SECOND = 8.0 * 1024 * 1024;

  private static final Duration LONG_ENOUGH = Duration.ofSeconds(3);

  /** The share of its time that the flight may spend writing. */
  private static final double BUSY = 0.8;

  private final InstantSource clock;
  private final Instant begun;
  private Instant since;
  private Duration writing = Duration.ZERO;
  private long bytes;
  private int writers;

  DiskPace(InstantSource clock) {
    this.clock = clock;
    this.begun = clock.instant();
    this.since = begun;
  }

  /** A write begins; others may be under way. */
  synchronized void begins() {
    if (writers == 0) {
      since = clock.instant();
    }
    writers++;
  }

  /** A write of so many bytes has ended. */
  synchronized void ends(long count) {
    bytes += count;
    writers--;
    if (writers == 0) {
      writing = writing.plus(Duration.between(since, clock.instant()));
    }
  }

  synchronized boolean isTooSlow() {
    double seconds = writing.toMillis() / 1000.0;
    double all = Duration.between(begun, clock.instant()).toMillis() / 1000.0;
    return writing.compareTo(LONG_ENOUGH) >= 0
        && seconds >= BUSY * all
        && bytes < SLOW_BYTES_PER_SECOND * seconds;
  }
}
