package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one stored blob. Guarded by its own lock, except for the time of last use, which
 * is set on event loops.
 */
final class Entry {

  /** For how long content that was asked for, but not yet opened, is kept from eviction. */
  private static final Duration OFFER = Duration.ofSeconds(5);

  private static final Duration TOUCH = Duration.ofMinutes(1);

  private final Digest digest;
  private final long size;
  private volatile Instant lastUse;
  private volatile Instant modified;
  private @Nullable Progress verification;
  private @Nullable Instant offered;
  private boolean isGone;

  /**
   * Not verified yet.
   *
   * @param modified the file's time of modification, which tells the last use over a restart
   */
  Entry(Digest digest, long size, Instant modified) {
    this.digest = digest;
    this.size = size;
    this.modified = modified;
    this.lastUse = modified;
  }

  /** Just fetched, and found to be what its digest says. */
  static Entry verified(Digest digest, long size, Instant modified) {
    Entry entry = new Entry(digest, size, modified);
    entry.verification = Progress.whole(size);
    return entry;
  }

  Digest digest() {
    return digest;
  }

  long size() {
    return size;
  }

  Instant lastUse() {
    return lastUse;
  }

  /** Notes a use; true once in a while, when the file should be told. */
  boolean used(Instant now) {
    lastUse = now;
    return Duration.between(modified, now).compareTo(TOUCH) >= 0;
  }

  /** The file was told of its last use. */
  void touched(Instant modified) {
    this.modified = modified;
  }

  /** A file that somebody else wrote to is to be verified anew. */
  void found(Instant modified) {
    if (!modified.equals(this.modified)) {
      this.modified = modified;
      verification = null;
    }
  }

  @Nullable Progress verification() {
    return verification;
  }

  void verifying(Progress verification) {
    this.verification = verification;
  }

  /** Somebody is about to open it. */
  void offered(Instant now) {
    offered = now;
  }

  /** Who was about to open it has done so, and is seen from there on. */
  void taken(Instant offer) {
    if (offer.equals(offered)) {
      offered = null;
    }
  }

  boolean isOffered(Instant now) {
    Instant offer = offered;
    return offer != null && Duration.between(offer, now).abs().compareTo(OFFER) < 0;
  }

  boolean isGone() {
    return isGone;
  }

  void gone() {
    isGone = true;
  }
}
