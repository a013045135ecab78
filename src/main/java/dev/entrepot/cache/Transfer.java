package dev.entrepot.cache;

import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What a flight does once its source has answered: it fills a file, in any order and by several
 * requests, hashes it, tells readers what they may have, and ends.
 */
final class Transfer implements Request.Owner {

  private static final Logger log = LoggerFactory.getLogger(Transfer.class);

  private final Digest digest;
  private final Flight flight;
  private final Flights flights;
  private final Fill fill;
  private final Landing landing;
  private final Progress progress;
  private final FlightContent content;
  private final Requests requests;
  private final Readers readers;
  // What is below changes under the lock of this.
  private OptionalLong length;
  private volatile boolean isOver;
  private volatile boolean isWrong;

  Transfer(
      Digest digest,
      OptionalLong length,
      Fill fill,
      Flight flight,
      Flights flights,
      SteadySource source,
      PassThrough elsewhere) {
    this.digest = digest;
    this.length = length;
    this.fill = fill;
    this.flight = flight;
    this.flights = flights;
    this.landing = new Landing(digest, fill, flights::giveUpIdle, flights.tuning());
    FillPlan plan = new FillPlan(flights.policy(), landing.filled());
    this.progress = new Progress(filling(length));
    this.requests =
        new Requests(this, plan, landing.filled(), progress, source, flights, flight.record());
    requests.lengthIs(length);
    this.readers = new Readers(flights.policy(), requests);
    this.content = new FlightContent(digest, length, fill, elsewhere, this, flights, progress);
  }

  FlightContent content() {
    return content;
  }

  /**
   * Takes the first stream, which is open already.
   *
   * @param asked what it was asked for
   */
  void begin(BlobStream stream, ByteRange asked) {
    requests.begin(stream, asked);
    goOn();
  }

  /** A reader waits for bytes. */
  void wanted(FileRead.Cursor reader) {
    requests.wanted(reader);
  }

  /** A reader has come. */
  void came(FileRead.Cursor reader) {
    readers.came(reader);
  }

  /** A reader has left. */
  void left(FileRead.Cursor reader) {
    readers.left(reader);
    if (!flights.policy().fillsBlob()) {
      requests.look();
    }
  }

  @Override
  public boolean land(Request request, ByteBuffer bytes) {
    if (isOver) {
      return false;
    }
    try {
      return switch (landing.land(request.position(), bytes)) {
        case DONE -> {
          progressed();
          yield true;
        }
        case NO_ROOM -> {
          freeze("no room");
          yield false;
        }
        case TOO_SLOW -> {
          flights.meters().diskFailed("slow");
          freeze("the disk is slower than upstream");
          yield false;
        }
      };
    } catch (IOException e) {
      failedToUse("write", e);
      return false;
    }
  }

  @Override
  public boolean needs(Request request) {
    return readers.need(request);
  }

  @Override
  public boolean wantsMoreOf(Request request) {
    return readers.wantMoreOf(request);
  }

  @Override
  public void arrived(Request request) {
    requests.ended(request);
    progressed();
    goOn();
  }

  @Override
  public void sourceEnded(Request request) {
    // If it had not said how long the content is, this is all of it.
    synchronized (this) {
      if (length.isEmpty()) {
        length = OptionalLong.of(request.position());
        requests.lengthIs(length);
      }
    }
    arrived(request);
  }

  @Override
  public void failed(Request request, Throwable cause) {
    if (cause instanceof RangesRefusedException) {
      requests.refused(request);
      goOn();
    } else {
      requests.ended(request);
      fail(flight.failure(cause));
    }
  }

  /** When the flight is over. */
  Mono<Void> settled() {
    return flight.done();
  }

  /** The content by a second flight, if this one brought something else than the digest says. */
  Mono<Content> second() {
    return isWrong ? flight.second() : Mono.empty();
  }

  Optional<String> history() {
    return flight.record().history();
  }

  /** Ends it. */
  void abort(RegistryException cause) {
    fail(cause);
  }

  /** Whether nobody reads and nothing is on its way: then it waits for the next reader. */
  synchronized boolean isIdle() {
    return !isOver && !flights.policy().fillsBlob() && readers.areNone() && requests.haveEnded();
  }

  /**
   * Ends it if it is idle; what it has fetched is lost, and who comes now gets it from the source.
   */
  void giveUp() {
    if (isIdle() && over()) {
      fill.delete();
      progress.become(
          new Progress.State.Frozen(new Progress.State.Arriving(0), Hashed.none(digest)));
      fill.file().release();
      flight.ended("dropped", landing.filled().total());
    }
  }

  private void goOn() {
    try {
      requests.goOn(readers.all());
    } catch (RuntimeException e) {
      // Those under way come back here at their end.
      if (requests.haveEnded()) {
        fail(flight.failure(e));
      } else {
        log.warn("no further request digest={} reason={}", digest, e.toString());
      }
    }
  }

  /** Tells readers, hashes what came out of order, and ends when all is there. */
  private void progressed() {
    OptionalLong whole;
    synchronized (this) {
      if (isOver) {
        return;
      }
      whole = length;
    }
    if (landing.hash().isBehind()) {
      flights.threads().write(this::catchUp);
    }
    if (whole.isPresent() && landing.hash().position() == whole.getAsLong()) {
      complete(whole.getAsLong());
    } else {
      progress.become(filling(whole));
    }
  }

  private void catchUp() {
    try {
      landing.catchUp();
    } catch (IOException e) {
      failedToUse("read", e);
      return;
    } catch (RuntimeException e) {
      freeze(e.toString());
      return;
    }
    progressed();
  }

  /** The file of a flight that is over is closed, which is no trouble of the disk. */
  private void failedToUse(String operation, IOException e) {
    if (!isOver) {
      flights.meters().diskFailed(operation);
      freeze(e.toString());
    }
  }

  private void complete(long size) {
    if (!over()) {
      return;
    }
    if (!landing.hash().holds()) {
      // Nobody gets any more of it.
      isWrong = true;
      flight.provedWrong();
      broken(VerifiedTail.mismatch(digest), "mismatch", new Progress.State.Arriving(0));
      return;
    }
    // The digest holds: readers need not wait for the disk to have it for good.
    progress.become(new Progress.State.Whole(size));
    String outcome = "stored";
    try {
      fill.commit(digest);
    } catch (IOException e) {
      flights.meters().diskFailed("commit");
      log.warn("blob not stored digest={} reason={}", digest, e.toString());
      fill.delete();
      outcome = "uncached";
    }
    // Before anybody is told: a blob that is open cannot be evicted.
    flights.blobs().open().release(digest, fill.file());
    flight.ended(outcome, landing.filled().total());
  }

  private void fail(RegistryException failure) {
    if (over()) {
      broken(failure, "failed", progress.state());
    }
  }

  private void broken(RegistryException failure, String outcome, Progress.State readable) {
    long bytes = landing.filled().total();
    log.warn("flight failed digest={} bytes={} reason={}", digest, bytes, failure.explanation());
    fill.delete();
    progress.become(new Progress.State.Broken(readable, failure));
    fill.file().release();
    flight.failed(failure, outcome, bytes);
  }

  /** Ends the flight but not the pull: readers go on from the source. */
  private void freeze(String reason) {
    if (!over()) {
      return;
    }
    log.warn(
        "flight not stored digest={} bytes={} reason={}", digest, landing.filled().total(), reason);
    Hashed seen = landing.hash().end();
    boolean isAll = seen.bytes() == length.orElse(Long.MAX_VALUE);
    // All of it, but not compared with the digest: then the source has to show it again.
    Hashed hashed = isAll ? Hashed.none(digest) : seen;
    if (length.isPresent()) {
      // Some bytes are yet to come: what was hashed does not give the digest away.
      long toTheEnd = Math.max(length.getAsLong() - flights.tuning().withheld(), hashed.bytes());
      progress.become(
          new Progress.State.Frozen(
              new Progress.State.Filling(landing.filled(), Long.MAX_VALUE, toTheEnd), hashed));
    } else {
      // These may have been the last: readers start over in the source, and get what they lack.
      progress.become(new Progress.State.Frozen(progress.state(), Hashed.none(digest)));
    }
    fill.delete();
    fill.file().release();
    flight.ended("uncached", landing.filled().total());
  }

  /** True for the one that ends it. */
  private boolean over() {
    synchronized (this) {
      if (isOver) {
        return false;
      }
      isOver = true;
    }
    requests.end();
    return true;
  }

  /** What readers may have while the digest is not known to hold. */
  private Progress.State filling(OptionalLong whole) {
    int withheld = flights.tuning().withheld();
    if (whole.isPresent()) {
      return new Progress.State.Filling(
          landing.filled(), Long.MAX_VALUE, Math.max(0, whole.getAsLong() - withheld));
    }
    long limit = Math.max(0, landing.filled().endFrom(0) - withheld);
    return new Progress.State.Filling(landing.filled(), limit, limit);
  }
}
