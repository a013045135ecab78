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
 * A source that is reopened where it broke, until that brings little for many attempts. Its bytes
 * are of the length that was first announced, or end in an error.
 */
final class SteadySource {

  private static final Logger log = LoggerFactory.getLogger(SteadySource.class);

  private final Digest digest;
  private final BlobSource source;

  /**
   * So many bytes after the first break, by however many openings, are worth the pauses and the
   * attempts that were spent on them: the next break is a first one again.
   */
  private static final long PROGRESS = 4L * 1024 * 1024;

  private final OptionalLong length;
  private final Tuning tuning;
  private final FlightRecord record;

  SteadySource(
      Digest digest, BlobSource source, OptionalLong length, Tuning tuning, FlightRecord record) {
    this.digest = digest;
    this.source = source;
    this.length = length;
    this.tuning = tuning;
    this.record = record;
  }

  /**
   * The bytes from {@code position} to the end, or at least up to {@code to}; whoever subscribes
   * releases them. A source without ranges starts over, unseen.
   *
   * @param first a stream that is open already; closed by this
   */
  Flux<ByteBuf> bytes(long position, long to, @Nullable BlobStream first) {
    return new Course(position, to, true, first).bytes();
  }

  /** Like {@link #bytes}; a source without ranges ends in a {@link RangesRefusedException}. */
  Flux<ByteBuf> part(long position, long to, @Nullable BlobStream first) {
    return new Course(position, to, false, first).bytes();
  }

  /** Closes a stream that nobody wants. */
  static void close(BlobStream stream) {
    stream.bytes().take(0, false).subscribe();
  }

  private final class Course {

    private final long begin;
    private final long to;
    private final boolean mayStartOver;
    private long position;
    private @Nullable BlobStream first;
    private int failures;
    private long firstBrokeAt;
    private boolean hasStream;
    private boolean isBroken;
    private boolean isHopeless;

    Course(long position, long to, boolean mayStartOver, @Nullable BlobStream first) {
      this.begin = position;
      this.position = position;
      this.to = to;
      this.mayStartOver = mayStartOver;
      this.first = first;
      this.firstBrokeAt = position;
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
      hasStream = false;
      return (opened == null ? request() : Mono.just(opened))
          .switchIfEmpty(Mono.error(() -> new IllegalStateException("the source gave no stream")))
          .flatMapMany(this::onward);
    }

    private Mono<BlobStream> request() {
      record.requested();
      boolean isRest = length.isPresent() && to >= length.getAsLong();
      return source
          .open(position, isRest ? Long.MAX_VALUE : to)
          .doOnNext(stream -> record.retried(stream.retries()));
    }

    private Flux<ByteBuf> onward(BlobStream stream) {
      hasStream = true;
      if (stream.offset() < position && !mayStartOver) {
        close(stream);
        return Flux.error(new RangesRefusedException());
      }
      if (stream.offset() > position || differs(stream.length())) {
        close(stream);
        return Flux.error(hopeless("it started over with other content"));
      }
      if (isBroken) {
        isBroken = false;
        noteReopening(stream);
      }
      Skip skip = new Skip(position - stream.offset());
      return stream
          .bytes()
          .<ByteBuf>handle((bytes, sink) -> advance(bytes, skip, sink))
          // A connection that breaks after the last byte has broken nothing.
          .onErrorComplete(_ -> isThere() && !isHopeless)
          .concatWith(Mono.defer(this::end));
    }

    private void noteReopening(BlobStream stream) {
      if (stream.offset() < position) {
        record.restarted();
      } else if (position == begin) {
        record.retried(1);
      } else {
        record.resumed();
      }
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
        if (position - firstBrokeAt >= PROGRESS) {
          failures = 0;
        }
        sink.next(bytes);
      }
    }

    private Mono<ByteBuf> end() {
      if (length.isEmpty() || isThere()) {
        return Mono.empty();
      }
      return Mono.error(
          invalid("it ended after %d of %d bytes".formatted(position, length.getAsLong())));
    }

    private boolean isThere() {
      return position >= to || (length.isPresent() && position == length.getAsLong());
    }

    private Publisher<Long> pauseAfter(Throwable failure) {
      if (isHopeless || saysNo(failure) || failures >= tuning.reopenPauses().size()) {
        return Mono.error(failure);
      }
      if (failures == 0) {
        firstBrokeAt = position;
      }
      Duration pause = jittered(tuning.reopenPauses().get(failures));
      failures++;
      if (hasStream) {
        isBroken = true;
      } else {
        record.retried(1);
      }
      log.debug(
          "source to be reopened digest={} position={} attempt={} pause={} reason={}",
          digest,
          position,
          failures,
          pause,
          failure.toString());
      return pause.isZero() ? Mono.just(0L) : Mono.delay(pause, tuning.timer());
    }

    /** Flights that broke together do not come back together. */
    private Duration jittered(Duration pause) {
      return pause.isZero()
          ? pause
          : Duration.ofMillis(
              (long) (pause.toMillis() * (0.75 + tuning.random().nextDouble() / 2)));
    }

    private boolean saysNo(Throwable failure) {
      if (failure instanceof RangesRefusedException) {
        return true;
      }
      return failure instanceof RegistryException refusal && !refusal.code().isUpstreamTrouble();
    }

    private Throwable explained(Throwable failure) {
      return failure instanceof RegistryException || failure instanceof RangesRefusedException
          ? failure
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
