package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes content away to make room, in {@link EvictionOrder}, but for what is pinned or in use. */
final class Eviction {

  private static final Logger log = LoggerFactory.getLogger(Eviction.class);

  private final Blobs blobs;
  private final Images images;
  private final Pins pins;
  private volatile boolean isFullOfPins;

  Eviction(Blobs blobs, Images images, Pins pins) {
    this.blobs = blobs;
    this.images = images;
    this.pins = pins;
  }

  BlobIndex index() {
    return blobs.index();
  }

  /**
   * Blocks.
   *
   * @param least if less than this can be freed, nothing is
   * @param wanted how many bytes to free if possible
   * @return how many were freed
   */
  long evict(long least, long wanted, String cause) {
    Set<Digest> kept = pins.kept();
    Set<Entry> candidates = new HashSet<>();
    long available = 0;
    long pinned = 0;
    for (Entry entry : blobs.index().entries()) {
      if (kept.contains(entry.digest())) {
        pinned += entry.size();
      } else if (!blobs.isInUse(entry)) {
        candidates.add(entry);
        available += entry.size();
      }
    }
    if (available < least) {
      tell(available + pinned >= least, pinned);
      return 0;
    }
    isFullOfPins = false;
    int count = 0;
    long freed = 0;
    for (Entry entry : EvictionOrder.of(blobs.index().entries(), images.stored())) {
      if (freed >= wanted) {
        break;
      }
      if (candidates.contains(entry)) {
        long size = blobs.evict(entry, cause);
        count += size > 0 ? 1 : 0;
        freed += size;
      }
    }
    if (count > 0) {
      log.info(
          "evicted cause={} blobs={} bytes={} stored={}",
          cause,
          count,
          freed,
          blobs.index().bytes());
    }
    return freed;
  }

  private void tell(boolean isForPins, long pinned) {
    if (isForPins && !isFullOfPins) {
      log.warn("cache full of pinned images, passing through pinned={}", pinned);
    }
    isFullOfPins = isForPins;
  }
}
