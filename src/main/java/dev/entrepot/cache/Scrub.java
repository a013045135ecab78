package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all stored content again once in a period, a little at a time, the longest unread first,
 * and drops what is damaged. Used by one thread at a time.
 */
final class Scrub {

  private static final Logger log = LoggerFactory.getLogger(Scrub.class);
  private static final int PORTION = 1024 * 1024;

  /** How fast it reads at least and at most, in bytes per second. */
  private static final long SLOWEST = 64 * 1024;

  private static final long FASTEST = 32L * 1024 * 1024;

  private static final Duration WHILE_BUSY = Duration.ofSeconds(1);
  private static final Duration WHEN_DONE = Duration.ofMinutes(10);
  private static final int AHEAD = 1000;

  private final Duration period;
  private final Blobs blobs;
  private final CacheDirectory directory;
  private final Volume volume;
  private final DiskThreads threads;
  private final Tuning tuning;
  private final InstantSource clock;
  private final Meters meters;
  private final Deque<Entry> due = new ArrayDeque<>();
  private @Nullable Rehash current;

  Scrub(
      Duration period,
      Blobs blobs,
      CacheDirectory directory,
      Volume volume,
      DiskThreads threads,
      Tuning tuning,
      InstantSource clock,
      Meters meters) {
    this.period = period;
    this.blobs = blobs;
    this.directory = directory;
    this.volume = volume;
    this.threads = threads;
    this.tuning = tuning;
    this.clock = clock;
    this.meters = meters;
  }

  /** Reads one portion; blocks. Returns how long to wait for the next one. */
  Duration step() {
    if (threads.areBusy()) {
      return WHILE_BUSY;
    }
    Entry entry = next();
    if (entry == null) {
      return WHEN_DONE;
    }
    long read = 0;
    try {
      read = read(entry);
    } catch (IOException e) {
      meters.diskFailed("read");
      blobs.damaged(entry, "scrub", e.toString());
      over();
    }
    meters.scrubbed(read);
    return Duration.ofMillis(10 + read * 1000 / rate());
  }

  void stop() {
    over();
    due.clear();
  }

  private @Nullable Entry next() {
    Rehash open = current;
    if (open != null) {
      return open.entry();
    }
    if (due.isEmpty()) {
      due.addAll(longestUnread());
    }
    return due.poll();
  }

  private long read(Entry entry) throws IOException {
    Rehash rehash = current;
    if (rehash == null) {
      if (!blobs.isIntact(entry)) {
        return 0;
      }
      rehash = Rehash.of(entry, directory, volume, tuning);
      current = rehash;
    } else if (entry.isGone()) {
      over();
      return 0;
    }
    long read = rehash.advance(PORTION);
    if (rehash.isDone()) {
      boolean holds = rehash.holds();
      over();
      if (holds) {
        blobs.holds(entry);
      } else {
        blobs.damaged(entry, "scrub", "digest does not hold");
      }
    }
    return read;
  }

  private List<Entry> longestUnread() {
    Instant before = clock.instant().minus(period);
    record Age(Entry entry, Instant verified) {}
    return blobs.index().entries().stream()
        .map(entry -> new Age(entry, entry.verified()))
        .filter(age -> !age.verified().isAfter(before))
        .sorted(Comparator.comparing(Age::verified))
        .limit(AHEAD)
        .map(Age::entry)
        .toList();
  }

  /** Twice what it takes, to make up for busy times. */
  private long rate() {
    return Math.clamp(
        2 * blobs.index().bytes() / Math.max(1, period.toSeconds()), SLOWEST, FASTEST);
  }

  private void over() {
    Rehash open = current;
    current = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        log.debug("file not closed reason={}", e.toString());
      }
    }
  }
}
