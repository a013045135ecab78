package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The stored content that is open: one file for all its readers. */
final class OpenFiles {

  private final ConcurrentMap<Digest, OpenFile> files = new ConcurrentHashMap<>();
  private final CacheDirectory directory;
  private final Volume volume;

  OpenFiles(CacheDirectory directory, Volume volume) {
    this.directory = directory;
    this.volume = volume;
  }

  /** Whoever asks gives it back to {@link #release}. */
  OpenFile acquire(Digest digest) throws IOException {
    try {
      return files.compute(
          digest, (_, open) -> open != null && open.retain() ? open : open(digest));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  void release(Digest digest, OpenFile file) {
    file.release();
    files.computeIfPresent(digest, (_, open) -> open.isOpen() ? open : null);
  }

  /** Content that became stored while it was open. */
  void adopt(Digest digest, OpenFile file) {
    files.put(digest, file);
  }

  /** The next reader opens anew. */
  void forget(Digest digest) {
    files.remove(digest);
  }

  boolean isOpen(Digest digest) {
    OpenFile file = files.get(digest);
    return file != null && file.isOpen();
  }

  private OpenFile open(Digest digest) {
    try {
      return new OpenFile(volume.open(directory.blob(digest)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
