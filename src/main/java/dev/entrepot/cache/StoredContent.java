package dev.entrepot.cache;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/** A stored blob. Where its file fails, readers go on from where it can be had again. */
final class StoredContent implements Content {

  private static final Logger log = LoggerFactory.getLogger(StoredContent.class);

  private final Entry entry;
  private final Entry.Offer offer;
  private final Progress progress;
  private final Again again;
  private final Blobs blobs;
  private final DiskThreads threads;
  private final Volume volume;
  private final Tuning tuning;

  StoredContent(
      Entry entry,
      Entry.Offer offer,
      Progress progress,
      Again again,
      Blobs blobs,
      DiskThreads threads,
      Volume volume,
      Tuning tuning) {
    this.entry = entry;
    this.offer = offer;
    this.progress = progress;
    this.again = again;
    this.blobs = blobs;
    this.threads = threads;
    this.volume = volume;
    this.tuning = tuning;
  }

  long size() {
    return entry.size();
  }

  Progress progress() {
    return progress;
  }

  @Override
  public OptionalLong length() {
    return OptionalLong.of(entry.size());
  }

  @Override
  public Flux<ByteBuf> read(long from, long to) {
    return Flux.defer(() -> new Reading(from, to).pieces(copies(), rest -> rest));
  }

  @Override
  public Flux<ReferenceCounted> readForSocket(long from, long to) {
    return Flux.defer(
        () -> {
          Reading reading = new Reading(from, to);
          SliceReader slices = new SliceReader(copies(), reading::giveBack);
          return reading.pieces(slices, rest -> rest.cast(ReferenceCounted.class));
        });
  }

  private BufferReader copies() {
    return new BufferReader(volume, tuning.buffers());
  }

  /** Fetches the blob once more; empty if that cannot be. */
  interface Again {

    Again NEVER = Mono::empty;

    Mono<Content> fetch();
  }

  /** One reader, who keeps its file for a look at what was sent of it. */
  private final class Reading implements FileRead.Access {

    private final long from;
    private final long to;
    private @Nullable OpenFile file;
    private boolean isClosed;

    Reading(long from, long to) {
      this.from = from;
      this.to = to;
    }

    <T extends ReferenceCounted> Flux<T> pieces(
        PieceReader<T> pieces, Function<Flux<ByteBuf>, Flux<T>> asPieces) {
      return new FileRead<>(progress, this, threads, tuning.share(), pieces, from, to)
          .onErrorResume(FileEndedException.class, end -> asPieces.apply(onward(end)))
          .doFinally(_ -> close());
    }

    @Override
    public OpenFile open() throws IOException {
      OpenFile opened = blobs.open().acquire(entry.digest());
      synchronized (entry) {
        entry.taken(offer);
      }
      keep(opened);
      return opened;
    }

    @Override
    public void release(OpenFile opened) {
      blobs.open().release(entry.digest(), opened);
    }

    void close() {
      OpenFile kept;
      synchronized (this) {
        isClosed = true;
        kept = file;
        file = null;
      }
      if (kept != null) {
        giveBack(kept);
      }
    }

    /** Like {@link #release}, for event loops as well, which close no files. */
    void giveBack(OpenFile used) {
      if (!used.releaseUnlessLast()) {
        threads.read(() -> release(used));
      }
    }

    private synchronized void keep(OpenFile opened) {
      if (!isClosed && file == null && opened.retain()) {
        file = opened;
      }
    }

    Flux<ByteBuf> onward(FileEndedException end) {
      // A digest that once held vouches for what was read before reading failed.
      boolean isTrusted =
          end.getCause() != null && progress.state() instanceof Progress.State.Whole;
      if (end.getCause() != null) {
        blobs.drop(entry, "read", end.getCause().toString());
      }
      return again
          .fetch()
          .switchIfEmpty(Mono.error(() -> damaged(end)))
          .flatMapMany(content -> onward(content, end.position(), isTrusted));
    }

    private Flux<ByteBuf> onward(Content content, long position, boolean isTrusted) {
      log.info("read goes on from upstream digest={} position={}", entry.digest(), position);
      Flux<ByteBuf> rest = Flux.defer(() -> content.read(position, to));
      return isTrusted || position <= from
          ? rest
          : content
              .read(from, position)
              .publishOn(threads.readers(), 1)
              .handle(new Comparison()::compare)
              .doOnDiscard(ByteBuf.class, ByteBuf::release)
              .cast(ByteBuf.class)
              .concatWith(rest);
    }

    /** Whether what was sent is what should have been. */
    private final class Comparison {

      private long position = from;

      void compare(ByteBuf right, SynchronousSink<Object> sink) {
        try {
          if (!isSame(right)) {
            sink.error(sentDamaged());
          }
        } finally {
          right.release();
        }
      }

      private boolean isSame(ByteBuf right) {
        OpenFile sent = file;
        if (sent == null) {
          return false;
        }
        ByteBuf buffer = tuning.buffers().take(right.readableBytes());
        try {
          ByteBuffer bytes = buffer.nioBuffer(0, right.readableBytes());
          volume.read(sent.channel(), bytes, position);
          position += right.readableBytes();
          return bytes.flip().equals(right.nioBuffer());
        } catch (IOException e) {
          log.debug("not compared digest={} reason={}", entry.digest(), e.toString());
          return false;
        } finally {
          buffer.release();
        }
      }
    }
  }

  private RegistryException damaged(FileEndedException end) {
    return new RegistryException(
        ErrorCode.INTERNAL,
        "tried to serve %s from the cache but its file is damaged; the next pull fetches it again"
            .formatted(entry.digest()),
        end.getCause());
  }

  private RegistryException sentDamaged() {
    return new RegistryException(
        ErrorCode.INTERNAL,
        "tried to serve %s from the cache but its file was damaged, and what was sent cannot be taken back; the next pull gets it whole"
            .formatted(entry.digest()));
  }
}
