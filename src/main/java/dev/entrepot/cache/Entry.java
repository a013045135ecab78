package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one stored blob. Guarded by its own lock, except for the time of last use, which
 * is set on event loops.
 */
final class Entry {

  /**
   * For how long content that was handed out, but not yet opened, is kept from eviction: a client's
   * right may have to be proved upstream in between.
   */
  private static final Duration OFFER = Duration.ofMinutes(1);

  private static final Duration TOUCH = Duration.ofMinutes(1);

  private final Digest digest;
  private final long size;
  private volatile Instant lastUse;
  private volatile Instant modified;
  private @Nullable Progress verification;
  private final List<Offer> offers = new ArrayList<>();
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
  Offer offer(Instant now) {
    offers.removeIf(earlier -> earlier.isOver(now));
    Offer offer = new Offer(now);
    offers.add(offer);
    return offer;
  }

  /** Who was about to open it has done so, and is seen from there on. */
  void taken(Offer offer) {
    offers.remove(offer);
  }

  boolean isOffered(Instant now) {
    offers.removeIf(offer -> offer.isOver(now));
    return !offers.isEmpty();
  }

  boolean isGone() {
    return isGone;
  }

  void gone() {
    isGone = true;
  }

  /** One use to come; no two are the same. */
  static final class Offer {

    private final Instant made;

    private Offer(Instant made) {
      this.made = made;
    }

    private boolean isOver(Instant now) {
      return Duration.between(made, now).abs().compareTo(OFFER) >= 0;
    }
  }
}
