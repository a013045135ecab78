package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much may still be stored; evicts to make room. Whoever asks is on a thread that may block.
 */
final class Room {

  private static final Logger log = LoggerFactory.getLogger(Room.class);

  /** What is evicted at once when the disk is full before the cache is. */
  private static final long SQUEEZE = 16L * 1024 * 1024;

  private final long largest;
  private final long slack;
  private final long minFree;
  private final CacheDirectory directory;
  private final Volume volume;
  private final Eviction eviction;
  private final DiskHealth health;
  private final LongSupplier overhead;
  private final Meters meters;
  private long reserved;
  private long unwritten;

  Room(
      CacheProperties properties,
      CacheDirectory directory,
      Volume volume,
      Eviction eviction,
      DiskHealth health,
      LongSupplier overhead,
      Meters meters) {
    this.largest = properties.maxSize().toBytes();
    this.slack = largest - properties.freeTo().of(largest);
    this.minFree = properties.minFree().toBytes();
    this.directory = directory;
    this.volume = volume;
    this.eviction = eviction;
    this.health = health;
    this.overhead = overhead;
    this.meters = meters;
  }

  /** Room for nothing yet. */
  Reservation reserve() {
    return new Reservation();
  }

  private synchronized boolean take(long bytes) {
    long over = eviction.index().bytes() + overhead.getAsLong() + reserved + bytes - largest;
    long lacking = bytes + unwritten + minFree - usable();
    long least = Math.max(over, lacking);
    if (bytes > largest - reserved || (least > 0 && !evict(least, over))) {
      return false;
    }
    reserved += bytes;
    unwritten += bytes;
    return true;
  }

  /** Frees some of the disk that was full although it should not have been; false if it cannot. */
  boolean squeeze() {
    return eviction.evict(1, SQUEEZE, "disk-full") > 0;
  }

  /** Past its size the cache is emptied further than needed, so that not every blob evicts. */
  private boolean evict(long least, long over) {
    long freed =
        over > 0
            ? eviction.evict(least, Math.max(least, over + slack), "size")
            : eviction.evict(least, least, "free-space");
    if (freed < least) {
      log.debug("no room lacking={}", least - freed);
    }
    return freed >= least;
  }

  private long usable() {
    try {
      return volume.usable(directory.root());
    } catch (IOException e) {
      meters.diskFailed("usable");
      log.warn("free space unknown directory={} reason={}", directory.root(), e.toString());
      return 0;
    }
  }

  private synchronized void wrote(long bytes) {
    unwritten -= bytes;
  }

  private synchronized void giveBack(long room, long neverWritten) {
    reserved -= room;
    unwritten -= neverWritten;
  }

  /** Room that one fill takes up; used by one thread at a time. */
  final class Reservation {

    private long size;
    private long used;
    private boolean isEnded;

    private Reservation() {}

    /** Makes it at least this large; false if the cache has no such room. */
    boolean growTo(long bytes) {
      if (isEnded || !health.isWorking()) {
        return false;
      }
      if (bytes > size) {
        if (!take(bytes - size)) {
          return false;
        }
        size = bytes;
      }
      return true;
    }

    long size() {
      return size;
    }

    /** Some of it is on disk now. */
    void wrote(long bytes) {
      if (!isEnded) {
        used += bytes;
        Room.this.wrote(bytes);
      }
    }

    /** It is not needed any more, or the index counts it from here on. */
    void end() {
      if (!isEnded) {
        isEnded = true;
        giveBack(size, size - used);
      }
    }
  }
}
