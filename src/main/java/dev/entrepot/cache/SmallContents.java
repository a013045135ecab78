package dev.entrepot.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Content small enough to be held whole, such as manifests: on disk, and in memory while used. */
final class SmallContents {

  private static final Logger log = LoggerFactory.getLogger(SmallContents.class);
  private static final long IN_MEMORY = 64L * 1024 * 1024;

  /** Twice what the specification asks registries to take. */
  private static final long LARGEST = 8L * 1024 * 1024;

  private static final int OVERHEAD = 200;

  private final Cache<Digest, byte[]> memory =
      Caffeine.newBuilder()
          .maximumWeight(IN_MEMORY)
          .weigher((Digest _, byte[] bytes) -> bytes.length + OVERHEAD)
          .build();
  private final CacheDirectory directory;
  private final Volume volume;
  private final Blobs blobs;
  private final Room room;
  private final Images images;
  private final DiskThreads threads;
  private final Meters meters;

  SmallContents(
      CacheDirectory directory,
      Volume volume,
      Blobs blobs,
      Room room,
      Images images,
      DiskThreads threads,
      Meters meters) {
    this.directory = directory;
    this.volume = volume;
    this.blobs = blobs;
    this.room = room;
    this.images = images;
    this.threads = threads;
    this.meters = meters;
  }

  Mono<Void> store(Digest digest, byte[] bytes) {
    return threads.writing(() -> admit(digest, bytes)).then();
  }

  Mono<Optional<byte[]>> find(Digest digest) {
    return Mono.defer(
        () -> {
          byte[] known = memory.getIfPresent(digest);
          if (known != null) {
            blobs.used(digest);
            return Mono.just(Optional.of(known));
          }
          return blobs.index().find(digest).isEmpty()
              ? Mono.just(Optional.empty())
              : threads.reading(() -> load(digest));
        });
  }

  /** It is not to be found in memory any more. */
  void forget(Digest digest) {
    memory.invalidate(digest);
  }

  private boolean admit(Digest digest, byte[] bytes) {
    if (!digest.matches(bytes)) {
      throw VerifiedTail.mismatch(digest);
    }
    memory.put(digest, bytes);
    // Nobody waits for the disk: it can be fetched again.
    threads.write(() -> keep(digest, bytes));
    return true;
  }

  private void keep(Digest digest, byte[] bytes) {
    Room.Reservation reservation = room.reserve();
    if (blobs.index().find(digest).isEmpty() && reservation.growTo(bytes.length)) {
      write(digest, bytes, reservation);
    }
    images.learn(digest, bytes);
  }

  private void write(Digest digest, byte[] bytes, Room.Reservation reservation) {
    try {
      Fill fill = Fill.create(directory, volume, blobs, reservation);
      try {
        fill.write(ByteBuffer.wrap(bytes), 0);
        fill.wrote(bytes.length);
        fill.commit(digest);
      } catch (IOException e) {
        fill.delete();
        throw e;
      } finally {
        blobs.open().release(digest, fill.file());
      }
    } catch (IOException e) {
      reservation.end();
      meters.diskFailed("write");
      log.warn("content only in memory digest={} reason={}", digest, e.toString());
    }
  }

  private Optional<byte[]> load(Digest digest) {
    Entry entry = blobs.index().find(digest).orElse(null);
    if (entry == null || entry.size() > LARGEST || !blobs.isIntact(entry)) {
      return Optional.empty();
    }
    byte[] bytes = new byte[(int) entry.size()];
    try {
      OpenFile file = blobs.open().acquire(digest);
      try {
        volume.read(file.channel(), ByteBuffer.wrap(bytes), 0);
      } finally {
        blobs.open().release(digest, file);
      }
    } catch (IOException e) {
      meters.diskFailed("read");
      blobs.drop(entry, "read", e.toString());
      return Optional.empty();
    }
    if (!digest.matches(bytes)) {
      blobs.damaged(entry, "read", "digest does not hold");
      return Optional.empty();
    }
    memory.put(digest, bytes);
    images.learn(digest, bytes);
    blobs.used(digest);
    return Optional.of(bytes);
  }
}
