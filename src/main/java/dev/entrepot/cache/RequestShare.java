package dev.entrepot.cache;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all requests under way share: memory between a source and the disk, and how many of them may
 * help others.
 */
final class RequestShare {

  /** Buffers that may wait for the disk, of all requests; a source's buffer holds up to 64 KiB. */
  private static final int BUFFERS = 512;

  private static final int FEWEST = 4;
  private static final int MOST_HELPERS = 16;

  /** What all requests gather before it is written. */
  private static final int GATHERED = 32 * 1024 * 1024;

  private static final int SMALLEST = 32 * 1024;

  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger helpers = new AtomicInteger();
  private final int prefetch;
  private final int piece;

  /**
   * @param prefetch the buffers of one request while there are few
   * @param piece what one request gathers while there are few
   */
  RequestShare(int prefetch, int piece) {
    this.prefetch = prefetch;
    this.piece = piece;
  }

  void came() {
    count.incrementAndGet();
  }

  void left() {
    count.decrementAndGet();
  }

  /** Whether one more request may help another one of its flight; then it gives that back. */
  boolean takeHelper() {
    if (helpers.incrementAndGet() <= MOST_HELPERS) {
      return true;
    }
    helpers.decrementAndGet();
    return false;
  }

  void giveHelperBack() {
    helpers.decrementAndGet();
  }

  /** How many buffers of a source may wait for the disk. */
  int prefetch() {
    return Math.clamp(BUFFERS / Math.max(1, count.get()), FEWEST, prefetch);
  }

  /** How many bytes a request gathers before it writes them. */
  int piece() {
    return Math.clamp(Integer.highestOneBit(GATHERED / Math.max(1, count.get())), SMALLEST, piece);
  }
}
