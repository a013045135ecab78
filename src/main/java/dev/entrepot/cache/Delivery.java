package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Content that somebody brings, instead of it being fetched. */
final class Delivery {

  private final CacheDirectory directory;
  private final Volume volume;
  private final Blobs blobs;
  private final Room room;
  private final DiskThreads threads;
  private final Meters meters;

  Delivery(
      CacheDirectory directory,
      Volume volume,
      Blobs blobs,
      Room room,
      DiskThreads threads,
      Meters meters) {
    this.directory = directory;
    this.volume = volume;
    this.blobs = blobs;
    this.room = room;
    this.threads = threads;
    this.meters = meters;
  }

  /** Stores the bytes if they are what the digest says; releases them. */
  Mono<Void> take(Digest digest, long size, Flux<ByteBuf> bytes) {
    return Mono.usingWhen(
            threads.writing(() -> begin(digest, size)),
            parcel ->
                bytes
                    .concatMap(
                        piece -> {
                          parcel.hold(piece);
                          return threads.writing(parcel::write);
                        },
                        1)
                    .doOnDiscard(ByteBuf.class, ByteBuf::release)
                    .then(threads.writing(parcel::commit)),
            parcel -> threads.writing(parcel::end),
            (parcel, _) -> threads.writing(parcel::end),
            parcel -> threads.writing(parcel::end))
        .onErrorMap(IOException.class, e -> failed(digest, e))
        .then();
  }

  private Parcel begin(Digest digest, long size) throws IOException {
    Room.Reservation reservation = room.reserve();
    if (!reservation.growTo(size)) {
      throw new CacheException(
          "tried to store blob %s of %d bytes but the cache has no room for it; raise entrepot.cache.max-size or free the disk"
              .formatted(digest, size),
          null);
    }
    try {
      return new Parcel(digest, size, Fill.create(directory, volume, blobs, reservation));
    } catch (IOException e) {
      reservation.end();
      throw e;
    }
  }

  private CacheException failed(Digest digest, IOException e) {
    meters.diskFailed("write");
    return new CacheException(
        "tried to store blob %s but %s; look after the disk of entrepot.cache.directory"
            .formatted(digest, e),
        e);
  }

  /** One blob on its way; its end may come while a piece of it is being written. */
  private final class Parcel {

    private final Digest digest;
    private final long size;
    private final Fill fill;
    private final MessageDigest hash;
    private long position;
    private @Nullable ByteBuf held;
    private boolean isCommitted;
    private boolean isOver;

    Parcel(Digest digest, long size, Fill fill) {
      this.digest = digest;
      this.size = size;
      this.fill = fill;
      this.hash = digest.newHash();
    }

    /** Takes over a piece, to be written by {@link #write} or released at the end. */
    synchronized void hold(ByteBuf piece) {
      if (isOver) {
        piece.release();
      } else {
        held = piece;
      }
    }

    synchronized boolean write() throws IOException {
      ByteBuf piece = held;
      held = null;
      if (piece == null) {
        return false;
      }
      try {
        int count = piece.readableBytes();
        if (count > size - position) {
          throw wrong("it is longer than its %d bytes".formatted(size));
        }
        hash.update(piece.nioBuffer());
        fill.write(piece.nioBuffer(), position);
        fill.wrote(count);
        position += count;
        return true;
      } finally {
        piece.release();
      }
    }

    synchronized boolean commit() throws IOException {
      if (position < size) {
        throw wrong("it ended after %d of %d bytes".formatted(position, size));
      }
      if (!digest.matches(hash)) {
        throw wrong("its bytes are not what its digest says");
      }
      fill.commit(digest);
      isCommitted = true;
      return true;
    }

    synchronized boolean end() {
      isOver = true;
      if (held != null) {
        held.release();
        held = null;
      }
      if (!isCommitted) {
        fill.delete();
      }
      blobs.open().release(digest, fill.file());
      return true;
    }

    private CacheException wrong(String reason) {
      return new CacheException("tried to store blob %s but %s".formatted(digest, reason), null);
    }
  }
}
