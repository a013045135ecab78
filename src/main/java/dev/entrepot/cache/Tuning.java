package dev.entrepot.cache;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The sizes and pauses that decide speed and memory, in one place for tests to change.
 *
 * @param piece the bytes that are read or written at once
 * @param share how much of a piece one reader is handed
 * @param withheld how many of the last bytes readers wait for until the digest holds
 * @param prefetch how many buffers of a source may wait for the disk
 * @param reopenPauses before each attempt to reopen a source that keeps breaking with little
 *     progress
 * @param verifiedFirst up to this size, content that was not yet verified since the start is
 *     verified before its first byte is served, so that damage heals unseen; larger content is
 *     served meanwhile, all but its last bytes
 * @param random spreads what would otherwise happen all at once
 */
record Tuning(
    Buffers buffers,
    int piece,
    BufferShare share,
    int withheld,
    int prefetch,
    List<Duration> reopenPauses,
    Scheduler timer,
    long verifiedFirst,
    RandomGenerator random) {

  private static final int PIECE = 256 * 1024;
  private static final int CHUNK = 4 * 1024 * 1024;
  private static final Duration LONGEST = Duration.ofSeconds(15);
  private static final long FOR_READERS = 32L * 1024 * 1024;

  static Tuning of(CacheProperties properties) {
    return new Tuning(
        new Buffers(pieces()),
        PIECE,
        new BufferShare(PIECE, FOR_READERS),
        64 * 1024,
        32,
        pauses(properties.resumeFor()),
        Schedulers.parallel(),
        128L * 1024 * 1024,
        RandomGenerator.getDefault());
  }

  /**
   * One pool for all disk threads, in chunks of many pieces: a chunk that nobody uses any more is
   * given up, and the JDK zeroes the next one.
   */
  private static ByteBufAllocator pieces() {
    int page = 8 * 1024;
    int order = Integer.numberOfTrailingZeros(CHUNK / page);
    return new PooledByteBufAllocator(true, 0, 1, page, order, 0, 0, false);
  }

  /** Longer and longer ones, no more in all than this. */
  private static List<Duration> pauses(Duration all) {
    List<Duration> pauses = new ArrayList<>(List.of(Duration.ZERO));
    Duration next = Duration.ofMillis(200);
    for (Duration left = all; next.compareTo(left) <= 0; left = left.minus(pauses.getLast())) {
      pauses.add(next);
      next = next.multipliedBy(2).compareTo(LONGEST) < 0 ? next.multipliedBy(2) : LONGEST;
    }
    return pauses;
  }
}
