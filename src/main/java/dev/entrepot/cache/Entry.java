package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one stored blob. Guarded by its own lock, except for its uses, which are noted
 * on event loops.
 */
final class Entry {

  /**
   * For how long content that was handed out, but not yet opened, is kept from eviction: a client's
   * right may have to be proved upstream in between.
   */
  private static final Duration OFFER = Duration.ofMinutes(1);

  /** Uses closer together than this, such as those of one pull, are one occasion. */
  private static final Duration OCCASION = Duration.ofMinutes(10);

  private static final Duration WORTH_OF_AN_OCCASION = Duration.ofHours(6);
  private static final int MOST_OCCASIONS = 5;

  private final Digest digest;
  private final long size;
  // Milliseconds of the epoch: there may be very many entries.
  private volatile long lastUse;
  private volatile long occasion;
  private volatile long verified;
  private volatile int occasions;
  private FileLooks looks;
  private @Nullable Progress verification;
  private final List<Offer> offers = new ArrayList<>();
  private boolean isGone;

  private Entry(Recorded recorded) {
    this.digest = recorded.digest();
    this.size = recorded.looks().size();
    this.looks = recorded.looks();
    this.lastUse = recorded.lastUse();
    this.occasion = recorded.lastUse();
    this.occasions = recorded.occasions();
    this.verified = recorded.verified();
  }

  /** A file of which nothing is known. */
  static Entry found(Digest digest, FileLooks looks) {
    return new Entry(new Recorded(digest, looks, looks.lastModified().toEpochMilli(), 1, 0));
  }

  /** Just fetched, and found to be what its digest says. */
  static Entry stored(Digest digest, FileLooks looks, Instant now) {
    return trusted(new Recorded(digest, looks, now.toEpochMilli(), 1, now.toEpochMilli()));
  }

  /** Known from an earlier run, whose word on the content counts for nothing. */
  static Entry doubted(Recorded recorded) {
    return new Entry(recorded);
  }

  /** Known from an earlier run, whose word counts as long as the file looks as it did. */
  static Entry trusted(Recorded recorded) {
    Entry entry = new Entry(recorded);
    if (recorded.verified() > 0) {
      entry.verification = Progress.whole(entry.size);
    }
    return entry;
  }

  /** For a later run. */
  synchronized Recorded recorded() {
    boolean isVerified =
        verification != null && verification.state() instanceof Progress.State.Whole;
    return new Recorded(digest, looks, lastUse, occasions, isVerified ? verified : 0);
  }

  Digest digest() {
    return digest;
  }

  long size() {
    return size;
  }

  Instant lastUse() {
    return Instant.ofEpochMilli(lastUse);
  }

  void used(Instant now) {
    lastUse = now.toEpochMilli();
    if (lastUse - occasion >= OCCASION.toMillis()) {
      occasion = lastUse;
      occasions = Math.min(MOST_OCCASIONS, occasions + 1);
    }
  }

  /**
   * The last use, and six hours later for every further occasion on which it was used, up to a day:
   * what is used often outlasts what is used once, such as by a scan of everything.
   */
  Instant recency() {
    return lastUse().plus(WORTH_OF_AN_OCCASION.multipliedBy(occasions - 1L));
  }

  /** When all of it was last read and found to be what its digest says. */
  Instant verified() {
    return Instant.ofEpochMilli(verified);
  }

  void verified(Instant now) {
    verified = now.toEpochMilli();
    if (verification == null) {
      verification = Progress.whole(size);
    }
  }

  /** A file that somebody else wrote to is to be verified anew. */
  void found(FileLooks now) {
    if (!now.equals(looks)) {
      looks = now;
      verified = 0;
      unverified();
    }
  }

  /** It is to be verified before it is trusted. */
  void unverified() {
    verification = null;
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

  /**
   * What a later run is told. Times are milliseconds of the epoch.
   *
   * @param verified when the content was last found to be right; 0 if it never was
   */
  record Recorded(Digest digest, FileLooks looks, long lastUse, int occasions, long verified) {

    Recorded {
      occasions = Math.clamp(occasions, 1, MOST_OCCASIONS);
    }
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
