package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The one way of a blob from its source to the disk. Belongs to no client: once started it goes on
 * until the blob is stored, or cannot be.
 */
final class Flight implements Intake.Hold {

  private static final Logger log = LoggerFactory.getLogger(Flight.class);

  private final Digest digest;
  private final BlobSource source;
  private final Flights flights;
  private final Sinks.One<Content> opened = Sinks.one();
  private final Sinks.Empty<Void> done = Sinks.empty();
  private final MessageDigest hash;
  private volatile @Nullable FlightContent content;
  private volatile @Nullable Intake intake;
  private volatile boolean wasStored;
  private @Nullable Fill fill;
  private OptionalLong length = OptionalLong.empty();
  private long frontier;
  private long published;

  Flight(Digest digest, BlobSource source, Flights flights) {
    this.digest = digest;
    this.source = source;
    this.flights = flights;
    this.hash = digest.newHash();
  }

  /** To be called once. */
  void start() {
    // Detached: no client's cancel reaches the source.
    flights
        .blobs()
        .stored(digest, StoredContent.Again.NEVER)
        .subscribe(
            stored -> stored.ifPresentOrElse(this::needless, this::openSource), this::failToOpen);
  }

  /** Ends it on shutdown. */
  void abort() {
    Intake running = intake;
    if (running != null) {
      running.abort(
          new RegistryException(
              ErrorCode.UPSTREAM_UNREACHABLE,
              "tried to fetch %s but Entrepot is shutting down".formatted(digest)));
    }
  }

  /** When the source has answered. */
  Mono<Content> opened() {
    return opened.asMono();
  }

  /** Whether it found the blob stored, by an earlier flight that had just ended. */
  boolean wasStored() {
    return wasStored;
  }

  /** When it is over. */
  Mono<Void> done() {
    return done.asMono();
  }

  /** If the source has answered. */
  Optional<Content> content() {
    return Optional.ofNullable(content);
  }

  @Override
  public boolean take(ByteBuf bytes) {
    Fill into = landed();
    int count = bytes.readableBytes();
    if (!into.reaches(frontier + count)) {
      freeze(into, "no room");
      return false;
    }
    try {
      into.write(bytes, frontier);
    } catch (IOException e) {
      flights.meters().diskFailed("write");
      freeze(into, e.toString());
      return false;
    }
    hash.update(bytes.nioBuffer());
    frontier += count;
    if (visible() - published >= flights.tuning().piece()) {
      pause();
    }
    return true;
  }

  @Override
  public void pause() {
    long visible = visible();
    if (visible > published) {
      published = visible;
      progress(new Progress.State.Arriving(visible));
    }
  }

  @Override
  public void end() {
    if (!digest.matches(hash)) {
      fail(VerifiedTail.mismatch(digest), "mismatch");
      return;
    }
    // The digest holds: readers need not wait for the disk to have it for good.
    progress(new Progress.State.Whole(frontier));
    try {
      landed().commit(digest, frontier);
      over("stored");
    } catch (IOException e) {
      flights.meters().diskFailed("commit");
      log.warn("blob not stored digest={} reason={}", digest, e.toString());
      landed().delete();
      over("uncached");
    }
    flights.blobs().open().release(digest, landed().file());
  }

  @Override
  public void fail(Throwable cause) {
    fail(failure(cause), "failed");
  }

  private void fail(RegistryException failure, String outcome) {
    log.warn("flight failed digest={} bytes={} reason={}", digest, frontier, failure.explanation());
    landed().delete();
    progress(new Progress.State.Broken(Math.max(published, visible()), failure));
    landed().file().release();
    flights.ended(this, digest, outcome);
    done.tryEmitError(failure);
  }

  private void needless(Content stored) {
    wasStored = true;
    flights.forget(this, digest);
    opened.tryEmitValue(stored);
    done.tryEmitEmpty();
  }

  private void openSource() {
    Mono.defer(() -> source.open(0))
        .switchIfEmpty(Mono.error(() -> new IllegalStateException("the source gave no stream")))
        .subscribe(stream -> flights.threads().write(() -> board(stream)), this::failToOpen);
  }

  private void board(BlobStream stream) {
    length = stream.length();
    if (stream.offset() != 0) {
      SteadySource.close(stream);
      failToOpen(new IllegalStateException("the source starts at " + stream.offset()));
      return;
    }
    Fill created = flights.newFill(digest, length).orElse(null);
    if (created == null) {
      over("uncached");
      opened.tryEmitValue(flights.passThrough(digest, source, length).startingWith(stream));
      return;
    }
    fill = created;
    FlightContent arriving =
        new FlightContent(
            digest, length, created, flights.passThrough(digest, source, length), flights);
    content = arriving;
    Intake boarding = new Intake(this, flights.threads(), flights.tuning().prefetch());
    intake = boarding;
    new SteadySource(digest, source, length, flights.tuning()).bytes(0, stream).subscribe(boarding);
    opened.tryEmitValue(arriving);
  }

  /** Ends the flight but not the pull: readers go on from the source. */
  private void freeze(Fill into, String reason) {
    log.warn("flight not stored digest={} bytes={} reason={}", digest, frontier, reason);
    // With a length, some bytes are yet to come and the digest is still withheld from readers.
    // Without,
    // these may have been the last: readers start over in the source, and get what they lack.
    progress(
        length.isPresent()
            ? new Progress.State.Frozen(frontier, new Hashed(frontier, hash))
            : new Progress.State.Frozen(Math.max(published, visible()), Hashed.none(digest)));
    into.delete();
    into.file().release();
    over("uncached");
  }

  private void over(String outcome) {
    flights.ended(this, digest, outcome);
    done.tryEmitEmpty();
  }

  private void failToOpen(Throwable cause) {
    RegistryException failure = failure(cause);
    flights.ended(this, digest, "failed");
    opened.tryEmitError(failure);
    done.tryEmitError(failure);
  }

  private RegistryException failure(Throwable cause) {
    return cause instanceof RegistryException known
        ? known
        : new RegistryException(
            ErrorCode.UPSTREAM_UNREACHABLE,
            "tried to fetch %s but the source failed".formatted(digest),
            cause);
  }

  /** What readers may have while the digest is not known to hold. */
  private long visible() {
    int withheld = flights.tuning().withheld();
    return length.isPresent()
        ? Math.clamp(length.getAsLong() - withheld, 0, frontier)
        : Math.max(0, frontier - withheld);
  }

  private void progress(Progress.State state) {
    FlightContent arriving = content;
    if (arriving != null) {
      arriving.progress().become(state);
    }
  }

  private Fill landed() {
    Fill landed = fill;
    if (landed == null) {
      throw new IllegalStateException("bytes before the fill of " + digest);
    }
    return landed;
  }
}
