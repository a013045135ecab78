package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import reactor.util.retry.Retry;

/**
 * A source that is reopened where it broke, until that brings no more bytes. Its bytes are of the
 * length that was first announced, or end in an error.
 */
final class SteadySource {

  private static final Logger log = LoggerFactory.getLogger(SteadySource.class);

  private final Digest digest;
  private final BlobSource source;
  private final OptionalLong length;
  private final Tuning tuning;

  SteadySource(Digest digest, BlobSource source, OptionalLong length, Tuning tuning) {
    this.digest = digest;
    this.source = source;
    this.length = length;
    this.tuning = tuning;
  }

  /**
   * The bytes from {@code position}, which whoever subscribes releases.
   *
   * @param first a stream that is open already; closed by this
   */
  Flux<ByteBuf> bytes(long position, @Nullable BlobStream first) {
    return new Course(position, first).bytes();
  }

  /** Closes a stream that nobody wants. */
  static void close(BlobStream stream) {
    stream.bytes().take(0, false).subscribe();
  }

  private final class Course {

    private long position;
    private @Nullable BlobStream first;
    private int failures;
    private boolean isHopeless;

    Course(long position, @Nullable BlobStream first) {
      this.position = position;
      this.first = first;
    }

    Flux<ByteBuf> bytes() {
      return Flux.defer(this::open)
          .retryWhen(
              Retry.from(signals -> signals.concatMap(signal -> pauseAfter(signal.failure()))))
          .onErrorMap(this::explained)
          // A buffer that meets a cancel halfway down.
          .doOnDiscard(ByteBuf.class, ByteBuf::release);
    }

    private Flux<ByteBuf> open() {
      BlobStream opened = first;
      first = null;
      return (opened == null ? source.open(position) : Mono.just(opened))
          .switchIfEmpty(Mono.error(() -> new IllegalStateException("the source gave no stream")))
          .flatMapMany(this::onward);
    }

    private Flux<ByteBuf> onward(BlobStream stream) {
      if (stream.offset() > position || differs(stream.length())) {
        close(stream);
        return Flux.error(hopeless("it started over with other content"));
      }
      Skip skip = new Skip(position - stream.offset());
      return stream
          .bytes()
          .<ByteBuf>handle((bytes, sink) -> advance(bytes, skip, sink))
          // A connection that breaks after the last byte has broken nothing.
          .onErrorComplete(_ -> isWhole() && !isHopeless)
          .concatWith(Mono.defer(this::end));
    }

    private boolean differs(OptionalLong now) {
      return length.isPresent() && now.isPresent() && !length.equals(now);
    }

    private void advance(ByteBuf bytes, Skip skip, SynchronousSink<ByteBuf> sink) {
      skip.drop(bytes);
      int count = bytes.readableBytes();
      if (count == 0) {
        bytes.release();
      } else if (length.isPresent() && count > length.getAsLong() - position) {
        bytes.release();
        sink.error(
            hopeless("it is longer than the %d bytes announced".formatted(length.getAsLong())));
      } else {
        position += count;
        failures = 0;
        sink.next(bytes);
      }
    }

    private Mono<ByteBuf> end() {
      if (length.isEmpty() || isWhole()) {
        return Mono.empty();
      }
      return Mono.error(
          invalid("it ended after %d of %d bytes".formatted(position, length.getAsLong())));
    }

    private boolean isWhole() {
      return length.isPresent() && position == length.getAsLong();
    }

    private Publisher<Long> pauseAfter(Throwable failure) {
      if (isHopeless || saysNo(failure) || failures >= tuning.reopenPauses().size()) {
        return Mono.error(failure);
      }
      Duration pause = tuning.reopenPauses().get(failures);
      failures++;
      log.debug(
          "source reopened digest={} position={} attempt={} reason={}",
          digest,
          position,
          failures,
          failure.toString());
      return pause.isZero() ? Mono.just(0L) : Mono.delay(pause, tuning.timer());
    }

    private boolean saysNo(Throwable failure) {
      return failure instanceof RegistryException refusal && !refusal.code().isUpstreamTrouble();
    }

    private RegistryException explained(Throwable failure) {
      return failure instanceof RegistryException known
          ? known
          : new RegistryException(
              ErrorCode.UPSTREAM_UNREACHABLE,
              "tried to fetch %s but the connection broke after %d bytes"
                  .formatted(digest, position),
              failure);
    }

    private RegistryException hopeless(String reason) {
      isHopeless = true;
      return invalid(reason);
    }

    private RegistryException invalid(String reason) {
      return new RegistryException(
          ErrorCode.UPSTREAM_INVALID, "tried to fetch " + digest + " but " + reason);
    }
  }

  /** Bytes of a reopened stream that were already had. */
  private static final class Skip {

    private long left;

    Skip(long left) {
      this.left = left;
    }

    void drop(ByteBuf bytes) {
      int dropped = (int) Math.min(left, bytes.readableBytes());
      bytes.skipBytes(dropped);
      left -= dropped;
    }
  }
}
