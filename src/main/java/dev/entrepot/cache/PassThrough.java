package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Content the disk has no room for: every reader gets it from the source, and the first one the
 * stream that is open already.
 */
final class PassThrough implements Content {

  /** How long an open stream waits for its reader. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Digest digest;
  private final BlobSource source;
  private final OptionalLong length;
  private final Flights flights;
  private final AtomicReference<@Nullable Passage> first = new AtomicReference<>();
  private volatile FlightRecord opening = new FlightRecord();

  PassThrough(Digest digest, BlobSource source, OptionalLong length, Flights flights) {
    this.digest = digest;
    this.source = source;
    this.length = length;
    this.flights = flights;
  }

  /**
   * Leaves an open stream for the first reader that begins where it does.
   *
   * @param record of what it took to open it
   */
  PassThrough startingWith(BlobStream stream, FlightRecord record) {
    Passage passage = Passage.ofFlight(digest, source, flights, record, stream);
    opening = record;
    first.set(passage);
    flights
        .tuning()
        .timer()
        .schedule(
            () -> {
              if (first.compareAndSet(passage, null)) {
                passage.drop();
              }
            },
            PATIENCE.toMillis(),
            TimeUnit.MILLISECONDS);
    return this;
  }

  @Override
  public Optional<String> history() {
    return opening.history();
  }

  @Override
  public OptionalLong length() {
    return length;
  }

  @Override
  public Flux<ByteBuf> read(long from, long to) {
    return read(Hashed.none(digest), from, to);
  }

  /** Like {@link #read(long, long)}, when some of it is hashed already. */
  Flux<ByteBuf> read(Hashed hashed, long from, long to) {
    return Flux.defer(
        () -> {
          if (to <= from || from >= length.orElse(Long.MAX_VALUE)) {
            return Flux.empty();
          }
          // A part is no more verified here than one of a flight under way.
          boolean isPart = length.isPresent() && to <= length.getAsLong();
          return isPart ? part(from, to) : verified(hashed, from, to);
        });
  }

  private Flux<ByteBuf> part(long from, long to) {
    Passage passage = passage(from);
    return passage.until(Window.of(passage.bytes(length, from, to), from, from, to));
  }

  private Flux<ByteBuf> verified(Hashed hashed, long from, long to) {
    Passage passage = passage(hashed.bytes());
    // Hashed where they arrive: the reading threads may be waiting for the disk passed by.
    Flux<ByteBuf> bytes = passage.bytes(length, hashed.bytes(), Long.MAX_VALUE);
    Flux<ByteBuf> rest = VerifiedTail.of(digest, hashed, bytes, passage::provedWrong);
    return passage.until(Window.of(rest, hashed.bytes(), from, to));
  }

  private Passage passage(long position) {
    Passage waiting = first.get();
    return waiting != null && waiting.beginsAt(position) && first.compareAndSet(waiting, null)
        ? waiting
        : Passage.ofReader(digest, source, flights);
  }
}
