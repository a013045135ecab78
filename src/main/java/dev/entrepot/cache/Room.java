package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.unit.DataSize;

/**
 * How much may still be stored; evicts to make room. Whoever asks is on a thread that may block.
 */
final class Room {

  private static final Logger log = LoggerFactory.getLogger(Room.class);

  /** A full cache is emptied a little further than needed, so that not every blob evicts. */
  private static final double SLACK = 0.05;

  private final long largest;
  private final long minFree;
  private final CacheDirectory directory;
  private final Volume volume;
  private final Blobs blobs;
  private final Meters meters;
  private long reserved;
  private long unwritten;

  Room(
      DataSize maxSize,
      DataSize minFree,
      CacheDirectory directory,
      Volume volume,
      Blobs blobs,
      Meters meters) {
    this.largest = maxSize.toBytes();
    this.minFree = minFree.toBytes();
    this.directory = directory;
    this.volume = volume;
    this.blobs = blobs;
    this.meters = meters;
  }

  /** Room for nothing yet. */
  Reservation reserve() {
    return new Reservation();
  }

  private synchronized boolean take(long bytes) {
    long over = blobs.index().bytes() + reserved + bytes - largest;
    long lacking = bytes + unwritten + minFree - usable();
    long least = Math.max(over, lacking);
    if (bytes > largest - reserved || (least > 0 && !evict(least, over))) {
      return false;
    }
    reserved += bytes;
    unwritten += bytes;
    return true;
  }

  private boolean evict(long least, long over) {
    long slack = over > 0 ? (long) (largest * SLACK) : 0;
    long freed = blobs.evict(least, Math.max(least, over + slack));
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

    private Reservation() {}

    /** Makes it at least this large; false if the cache has no such room. */
    boolean growTo(long bytes) {
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
      used += bytes;
      Room.this.wrote(bytes);
    }

    /** It is not needed any more, or the index counts it from here on. */
    void end() {
      giveBack(size, size - used);
      size = 0;
      used = 0;
    }
  }
}
