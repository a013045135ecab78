package dev.entrepot.benchmark;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A network link that carries so many bytes a second, shared by whoever uses it. */
final class Link {

  /** What may be ahead of its time, so that short waits need not be exact. */
  private static final long AHEAD = Duration.ofMillis(2).toNanos();

  private final double bytesPerSecond;
  private long free = System.nanoTime();

  private Link(double bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  static Link of(long bytesPerSecond) {
    return new Link(bytesPerSecond);
  }

  static Link unlimited() {
    return new Link(Double.POSITIVE_INFINITY);
  }

  /** Blocks until so many bytes have got through. */
  void carry(long bytes) {
    long through;
    synchronized (this) {
      free = Math.max(free, System.nanoTime() - AHEAD) + (long) (bytes * 1e9 / bytesPerSecond);
      through = free;
    }
    for (long left = through - System.nanoTime(); left > AHEAD; ) {
      LockSupport.parkNanos(left - AHEAD / 2);
      left = through - System.nanoTime();
    }
  }
}
