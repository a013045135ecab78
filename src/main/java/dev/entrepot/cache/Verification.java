package dev.entrepot.cache;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hashes one stored blob, a slice at a time; drops it when it is not what its digest says. */
final class Verification implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(Verification.class);

  private static final long SLICE = 4L * 1024 * 1024;

  private final Entry entry;
  private final Blobs blobs;
  private final DiskThreads threads;
  private final Volume volume;
  private final Tuning tuning;
  private final Progress progress;
  private final MessageDigest hash;
  private @Nullable OpenFile file;
  private long position;

  Verification(Entry entry, Blobs blobs, DiskThreads threads, Volume volume, Tuning tuning) {
    this.entry = entry;
    this.blobs = blobs;
    this.threads = threads;
    this.volume = volume;
    this.tuning = tuning;
    this.hash = entry.digest().newHash();
    this.progress =
        new Progress(new Progress.State.Arriving(Math.max(0, entry.size() - tuning.withheld())));
  }

  /** Of the blob's readers. */
  Progress progress() {
    return progress;
  }

  @Override
  public void run() {
    try {
      OpenFile opened = file;
      if (opened == null) {
        opened = blobs.open().acquire(entry.digest());
        file = opened;
      }
      hashSlice(opened);
    } catch (IOException e) {
      damaged(e.toString());
      return;
    } catch (RuntimeException e) {
      unknown(e);
      return;
    }
    if (position < entry.size()) {
      threads.readOn(this);
    } else if (entry.digest().matches(hash)) {
      close();
      blobs.holds(entry);
      progress.become(new Progress.State.Whole(entry.size()));
    } else {
      damaged("digest does not hold");
    }
  }

  private void hashSlice(OpenFile opened) throws IOException {
    long end = Math.min(entry.size(), position + SLICE);
    ByteBuf buffer = tuning.buffers().take(tuning.piece());
    try {
      while (position < end) {
        int count = (int) Math.min(tuning.piece(), end - position);
        ByteBuffer bytes = buffer.nioBuffer(0, count);
        volume.read(opened.channel(), bytes, position);
        hash.update(bytes.flip());
        position += count;
      }
    } finally {
      buffer.release();
    }
  }

  private void damaged(String reason) {
    close();
    blobs.damaged(entry, "verify", reason);
    progress.become(
        new Progress.State.Frozen(new Progress.State.Arriving(0), Hashed.none(entry.digest())));
  }

  /** Says nothing of the file: the next reader has it verified anew. */
  private void unknown(RuntimeException cause) {
    close();
    log.warn("blob not verified digest={} reason={}", entry.digest(), cause.toString());
    blobs.unverified(entry);
    RegistryException known =
        cause instanceof RegistryException refusal
            ? refusal
            : new RegistryException(
                ErrorCode.INTERNAL,
                "tried to verify %s in the cache but could not".formatted(entry.digest()),
                cause);
    progress.become(new Progress.State.Broken(new Progress.State.Arriving(0), known));
  }

  private void close() {
    OpenFile opened = file;
    if (opened != null) {
      file = null;
      blobs.open().release(entry.digest(), opened);
    }
  }
}
