package dev.entrepot.cache;

import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
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
final class Transfer {

  private static final Logger log = LoggerFactory.getLogger(Transfer.class);

  /** What one turn of hashing reads back. */
  private static final long SLICE = 4L * 1024 * 1024;

  private final Digest digest;
  private final Flight flight;
  private final Flights flights;
  private final Fill fill;
  private final Extents claimed = new Extents();
  private final Extents filled = new Extents();
  private final FrontHash hash;
  private final DiskPace pace;
  private final Progress progress;
  private final FlightContent content;
  private final Requests requests;
  private final Readers readers;
  // What is below changes under the lock of this.
  private OptionalLong length;
  private volatile boolean isOver;

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
    this.hash = new FrontHash(digest, filled);
    this.pace = new DiskPace(flights.clock());
    FillPlan plan = new FillPlan(flights.policy(), filled);
    plan.lengthIs(length);
    this.progress = new Progress(filling(length));
    this.requests = new Requests(this, plan, filled, progress, source, flights, flight.record());
    this.readers = new Readers(flights.policy(), requests::goThroughAll);
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

  /** Puts a line's bytes where they belong; false if that is not possible any more. */
  boolean land(Line line, ByteBuffer bytes) {
    try {
      if (isOver || !write(line.position(), bytes)) {
        return false;
      }
    } catch (IOException e) {
      failedToUse("write", e);
      return false;
    }
    progressed();
    return true;
  }

  /** Who reads from it. */
  Readers readers() {
    return readers;
  }

  /** A line has brought what it was to bring, or is not needed. */
  void arrived(Line line) {
    requests.ended(line);
    progressed();
    goOn();
  }

  /** A line's source has no more; if it had not said how long the content is, this is all of it. */
  void sourceEnded(Line line) {
    synchronized (this) {
      if (length.isEmpty()) {
        length = OptionalLong.of(line.position());
        requests.lengthIs(length);
      }
    }
    arrived(line);
  }

  /** A line's source is exhausted without having brought all. */
  void failed(Line line, Throwable cause) {
    if (cause instanceof RangesRefusedException) {
      requests.refused(line);
      goOn();
    } else {
      requests.ended(line);
      fail(flight.failure(cause), "failed");
    }
  }

  /** When the flight is over. */
  Mono<Void> settled() {
    return flight.done();
  }

  Optional<String> history() {
    return flight.record().history();
  }

  /** Ends it. */
  void abort(RegistryException cause) {
    fail(cause, "failed");
  }

  /** Whether nobody reads and nothing is on its way: then it waits for the next reader. */
  synchronized boolean isIdle() {
    return !isOver && !flights.policy().fillsBlob() && readers.haveLeft() && requests.isEmpty();
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
      flight.ended("dropped", filled.total());
    }
  }

  private void goOn() {
    requests.goOn(readers.all());
  }

  private boolean write(long at, ByteBuffer bytes) throws IOException {
    long end = at + bytes.remaining();
    long next = at;
    boolean isAll = true;
    while (next < end) {
      long ours = claimed.claim(next, end);
      if (ours == 0) {
        // Another request brings these, or has brought them.
        isAll = false;
        next = Math.min(end, claimed.endFrom(next));
      } else if (hasRoom()) {
        writeInPace(bytes.slice((int) (next - at), (int) ours), next);
        filled.add(next, next + ours);
        next += ours;
      } else {
        freeze("no room");
        return false;
      }
    }
    if (isAll) {
      hash.offer(at, bytes);
    }
    if (pace.isTooSlow()) {
      flights.meters().diskFailed("slow");
      freeze("the disk is slower than upstream");
      return false;
    }
    return true;
  }

  private boolean hasRoom() {
    long wanted = claimed.total();
    return fill.holds(wanted) || (flights.giveUpIdle() && fill.holds(wanted));
  }

  private void writeInPace(ByteBuffer bytes, long at) throws IOException {
    int count = bytes.remaining();
    pace.begins();
    try {
      fill.write(bytes, at);
    } finally {
      pace.ends(count);
    }
    fill.wrote(count);
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
    if (hash.isBehind()) {
      flights.threads().write(this::catchUp);
    }
    if (whole.isPresent() && hash.position() == whole.getAsLong()) {
      complete(whole.getAsLong());
    } else {
      progress.become(filling(whole));
    }
  }

  private void catchUp() {
    int piece = flights.tuning().piece();
    ByteBuf buffer = flights.tuning().allocator().directBuffer(piece, piece);
    try {
      for (long done = 0; done < SLICE && hash.isBehind(); done += piece) {
        hash.catchUp(fill, buffer);
      }
    } catch (IOException e) {
      failedToUse("read", e);
      return;
    } finally {
      buffer.release();
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
    if (!hash.holds()) {
      // Nobody gets any more of it.
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
    flight.ended(outcome, filled.total());
    flights.blobs().open().release(digest, fill.file());
  }

  private void fail(RegistryException failure, String outcome) {
    if (over()) {
      broken(failure, outcome, progress.state());
    }
  }

  private void broken(RegistryException failure, String outcome, Progress.State readable) {
    long bytes = filled.total();
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
    log.warn("flight not stored digest={} bytes={} reason={}", digest, filled.total(), reason);
    Hashed seen = hash.end();
    boolean isAll = seen.bytes() == length.orElse(Long.MAX_VALUE);
    // All of it, but not compared with the digest: then the source has to show it again.
    Hashed hashed = isAll ? Hashed.none(digest) : seen;
    if (length.isPresent()) {
      // Some bytes are yet to come: what was hashed does not give the digest away.
      long toTheEnd = Math.max(length.getAsLong() - flights.tuning().withheld(), hashed.bytes());
      progress.become(
          new Progress.State.Frozen(
              new Progress.State.Filling(filled, Long.MAX_VALUE, toTheEnd), hashed));
    } else {
      // These may have been the last: readers start over in the source, and get what they lack.
      progress.become(new Progress.State.Frozen(progress.state(), Hashed.none(digest)));
    }
    fill.delete();
    fill.file().release();
    flight.ended("uncached", filled.total());
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
          filled, Long.MAX_VALUE, Math.max(0, whole.getAsLong() - withheld));
    }
    long limit = Math.max(0, filled.endFrom(0) - withheld);
    return new Progress.State.Filling(filled, limit, limit);
  }
}
