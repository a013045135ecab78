package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** One reader's way to the source past the disk, counted and logged once, at its end. */
final class Passage {

  private final Digest digest;
  private final BlobSource source;
  private final Flights flights;
  private final FlightRecord record;
  private final String outcome;
  private final @Nullable BlobStream opened;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicBoolean isTold = new AtomicBoolean();
  private volatile boolean isWrong;

  private Passage(
      Digest digest,
      BlobSource source,
      Flights flights,
      FlightRecord record,
      String outcome,
      @Nullable BlobStream opened) {
    this.digest = digest;
    this.source = source;
    this.flights = flights;
    this.record = record;
    this.outcome = outcome;
    this.opened = opened;
  }

  /** All that becomes of a flight that is not stored: its stream, which is open already. */
  static Passage ofFlight(
      Digest digest, BlobSource source, Flights flights, FlightRecord record, BlobStream opened) {
    return new Passage(digest, source, flights, record, "uncached", opened);
  }

  /** A reader's own, besides any flight. */
  static Passage ofReader(Digest digest, BlobSource source, Flights flights) {
    return new Passage(digest, source, flights, new FlightRecord(), "passed", null);
  }

  /** Whether its stream is open and begins there. */
  boolean beginsAt(long position) {
    return opened != null && opened.offset() == position;
  }

  /** Ends it without a reader. */
  void drop() {
    if (opened != null) {
      SteadySource.close(opened);
    }
    tell(outcome);
  }

  /** Like {@link SteadySource#bytes}. */
  Flux<ByteBuf> bytes(OptionalLong length, long from, long to) {
    return new SteadySource(digest, source, length, flights.tuning(), record)
        .bytes(from, to, opened)
        .doOnNext(piece -> bytes.addAndGet(piece.readableBytes()));
  }

  /** What came is not what the digest says. */
  void provedWrong() {
    isWrong = true;
    source.provedWrong();
  }

  /** What its reader gets of the bytes, at the end of which it is over. */
  Flux<ByteBuf> until(Flux<ByteBuf> read) {
    return read.doOnComplete(() -> tell(outcome))
        .doOnError(_ -> tell(isWrong ? "mismatch" : "failed"))
        .doOnCancel(() -> tell(outcome));
  }

  private void tell(String end) {
    if (isTold.compareAndSet(false, true)) {
      flights.fetched(digest, end, bytes.get(), record);
    }
  }
}
