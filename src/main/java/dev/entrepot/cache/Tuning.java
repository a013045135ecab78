package dev.entrepot.cache;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.List;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The sizes and pauses that decide speed and memory, in one place for tests to change.
 *
 * @param piece the most bytes one buffer handed to a reader holds
 * @param withheld how many of the last bytes readers wait for until the digest holds
 * @param prefetch how many buffers of a source may wait for the disk
 * @param reopenPauses before each attempt to reopen a source that broke without progress
 * @param verifiedFirst up to this size, content that was not yet verified since the start is
 *     verified before its first byte is served, so that damage heals unseen; larger content is
 *     served meanwhile, all but its last bytes
 */
record Tuning(
    ByteBufAllocator allocator,
    int piece,
    int withheld,
    int prefetch,
    List<Duration> reopenPauses,
    Scheduler timer,
    long verifiedFirst) {

  static Tuning standard() {
    return new Tuning(
        PooledByteBufAllocator.DEFAULT,
        256 * 1024,
        64 * 1024,
        32,
        List.of(Duration.ZERO, Duration.ofMillis(200), Duration.ofSeconds(1)),
        Schedulers.parallel(),
        128L * 1024 * 1024);
  }
}
