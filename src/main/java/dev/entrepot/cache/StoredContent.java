package dev.entrepot.cache;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/** A stored blob. */
final class StoredContent implements Content, FileRead.Access {

  private final Entry entry;
  private final Entry.Offer offer;
  private final Progress progress;
  private final Blobs blobs;
  private final DiskThreads threads;
  private final Volume volume;
  private final Tuning tuning;

  StoredContent(
      Entry entry,
      Entry.Offer offer,
      Progress progress,
      Blobs blobs,
      DiskThreads threads,
      Volume volume,
      Tuning tuning) {
    this.entry = entry;
    this.offer = offer;
    this.progress = progress;
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
    return new FileRead(progress, this, threads, volume, tuning, from, to)
        .onErrorMap(FileEndedException.class, this::damaged);
  }

  @Override
  public OpenFile open() throws IOException {
    OpenFile file = blobs.open().acquire(entry.digest());
    synchronized (entry) {
      entry.taken(offer);
    }
    return file;
  }

  @Override
  public void release(OpenFile file) {
    blobs.open().release(entry.digest(), file);
  }

  private RegistryException damaged(FileEndedException end) {
    blobs.drop(entry, String.valueOf(end.getCause()));
    return new RegistryException(
        ErrorCode.INTERNAL,
        "tried to serve %s from the cache but its file could not be read; the next pull fetches it again"
            .formatted(entry.digest()),
        end.getCause());
  }
}
