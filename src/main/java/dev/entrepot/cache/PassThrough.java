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
  private final SteadySource source;
  private final OptionalLong length;
  private final Tuning tuning;
  private final AtomicReference<@Nullable BlobStream> first = new AtomicReference<>();

  PassThrough(Digest digest, BlobSource source, OptionalLong length, Tuning tuning) {
    this.digest = digest;
    this.source = new SteadySource(digest, source, length, tuning);
    this.length = length;
    this.tuning = tuning;
  }

  /** Leaves an open stream, from the start, for the first reader. */
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
          // A piece out of the middle is no more verified here than one of a flight under way.
          boolean isMiddle = length.isPresent() && to <= length.getAsLong() - tuning.withheld();
          return isMiddle ? middle(from, to) : verified(hashed, from, to);
        });
  }

  private Flux<ByteBuf> middle(long from, long to) {
    BlobStream opened = from == 0 ? first.getAndSet(null) : null;
    return Window.of(source.bytes(from, opened), from, from, to);
  }

  private Flux<ByteBuf> verified(Hashed hashed, long from, long to) {
    BlobStream opened = hashed.bytes() == 0 ? first.getAndSet(null) : null;
    // Hashed where they arrive: nothing here waits for a disk, and a hop would need a queue.
    Flux<ByteBuf> bytes = source.bytes(hashed.bytes(), opened);
    return Window.of(VerifiedTail.of(digest, hashed, bytes), hashed.bytes(), from, to);
  }
}
