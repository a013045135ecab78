package dev.entrepot.cache;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/** Whether the disk holds a flight up: it is always writing, and yet does not get far. */
final class DiskPace {

  /** Slower than this is slower than most upstreams. */
  private static final double SLOW_BYTES_PER_SECOND = 8.0 * 1024 * 1024;

  private static final Duration LONG_ENOUGH = Duration.ofSeconds(3);

  /** The share of its time that the flight may spend writing. */
  private static final double BUSY = 0.8;

  private final Scheduler timer;
  private final long begun;
  private long since;
  private long writingNanos;
  private long bytes;
  private int writers;

  /**
   * @param timer whose time passes evenly, also while the clock is set
   */
  DiskPace(Scheduler timer) {
    this.timer = timer;
    this.begun = now();
    this.since = begun;
  }

  /** A write begins; others may be under way. */
  synchronized void begins() {
    if (writers == 0) {
      since = now();
    }
    writers++;
  }

  /** A write of so many bytes has ended. */
  synchronized void ends(long count) {
    bytes += count;
    writers--;
    if (writers == 0) {
      writingNanos += now() - since;
    }
  }

  synchronized boolean isTooSlow() {
    double seconds = writingNanos / 1e9;
    double all = (now() - begun) / 1e9;
    return writingNanos >= LONG_ENOUGH.toNanos()
        && seconds >= BUSY * all
        && bytes < SLOW_BYTES_PER_SECOND * seconds;
  }

  private long now() {
    return timer.now(TimeUnit.NANOSECONDS);
  }
}
