package dev.entrepot.cache;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How large the buffers are that readers are handed: few readers get large ones, for speed; many
 * share the same memory.
 */
final class BufferShare {

  /** What a reader holds while its connection is busy: one buffer there, and one to follow. */
  private static final int PER_READER = 2;

  private static final int SMALLEST = 16 * 1024;

  private final AtomicInteger readers = new AtomicInteger();
  private final int largest;
  private final long all;

  /**
   * @param largest buffer there is
   * @param all memory that readers share, in bytes
   */
  BufferShare(int largest, long all) {
    this.largest = largest;
    this.all = all;
  }

  void came() {
    readers.incrementAndGet();
  }

  void left() {
    readers.decrementAndGet();
  }

  /** What one buffer may hold now. */
  int size() {
    long share = all / PER_READER / Math.max(1, readers.get());
    return Math.clamp(Long.highestOneBit(Math.max(1, share)), SMALLEST, largest);
  }
}
