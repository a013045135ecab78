package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
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
  private final BlobSource origin;
  private final SteadySource source;
  private final OptionalLong length;
  private final Tuning tuning;
  private final AtomicReference<@Nullable BlobStream> first = new AtomicReference<>();

  PassThrough(Digest digest, BlobSource source, OptionalLong length, Tuning tuning) {
    this.digest = digest;
    this.origin = source;
    this.source = new SteadySource(digest, source, length, tuning, new FlightRecord());
    this.length = length;
    this.tuning = tuning;
  }

  /** Leaves an open stream for the first reader that begins where it does. */
  PassThrough startingWith(BlobStream stream) {
    first.set(stream);
    tuning
        .timer()
        .schedule(
            () -> {
              if (first.compareAndSet(stream, null)) {
                SteadySource.close(stream);
              }
            },
            PATIENCE.toMillis(),
            TimeUnit.MILLISECONDS);
    return this;
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
    BlobStream opened = takeFirst(from);
    return Window.of(source.bytes(from, to, opened), from, from, to);
  }

  private Flux<ByteBuf> verified(Hashed hashed, long from, long to) {
    BlobStream opened = takeFirst(hashed.bytes());
    // Hashed where they arrive: nothing here waits for a disk, and a hop would need a queue.
    Flux<ByteBuf> bytes = source.bytes(hashed.bytes(), Long.MAX_VALUE, opened);
    Flux<ByteBuf> rest = VerifiedTail.of(digest, hashed, bytes, origin::provedWrong);
    return Window.of(rest, hashed.bytes(), from, to);
  }

  private @Nullable BlobStream takeFirst(long position) {
    BlobStream waiting = first.get();
    return waiting != null && waiting.offset() == position && first.compareAndSet(waiting, null)
        ? waiting
        : null;
  }
}
