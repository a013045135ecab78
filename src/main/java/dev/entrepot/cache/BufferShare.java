package dev.entrepot.cache;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that readers share. Few readers get large buffers, for speed; many get small ones, and
 * so do those who come while others still hold large ones.
 */
final class BufferShare {

  /** What a reader holds while its connection is busy: one buffer there, and one to follow. */
  private static final int PER_READER = 2;

  /** The part of what is left that one buffer may take. */
  private static final int OF_THE_REST = 4;

  private static final int SMALLEST = 16 * 1024;

  /** From so many readers on, the processors are busy whatever one of them is spared. */
  private static final int FEW = 4;

  private final AtomicInteger readers = new AtomicInteger();
  private final AtomicLong held = new AtomicLong();
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

  /** The portion of one more reader, until it is ended. */
  Portion portion() {
    readers.incrementAndGet();
    return new Portion();
  }

  /** What one buffer may hold now. */
  private int size() {
    long fair = all / PER_READER / Math.max(1, readers.get());
    long left = (all - held.get()) / OF_THE_REST;
    return Math.clamp(Long.highestOneBit(Math.max(1, Math.min(fair, left))), SMALLEST, largest);
  }

  /** What one reader holds; used by one thread at a time. */
  final class Portion {

    private final Deque<Integer> buffers = new ArrayDeque<>();

    /** What the reader's next buffer may hold. */
    int size() {
      return BufferShare.this.size();
    }

    /** Whether memory and processor are there for the speed of each. */
    boolean isOneOfFew() {
      return readers.get() < FEW;
    }

    /** The reader holds one more buffer. */
    void add(int size) {
      buffers.add(size);
      held.addAndGet(size);
    }

    /** The reader holds no more than its latest buffers, so many; none if that is below zero. */
    void keep(long count) {
      while (buffers.size() > Math.max(0, count)) {
        held.addAndGet(-buffers.remove());
      }
    }

    /** The reader has left. */
    void end() {
      keep(0);
      readers.decrementAndGet();
    }
  }
}
