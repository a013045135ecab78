package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * The hash of a file that fills up in no order: of its bytes from the first on, as far as there is
 * no gap. One thread at a time hashes; bytes that come in order need not be read back.
 */
final class FrontHash {

  private final Digest digest;
  private final MessageDigest hash;
  private final Extents filled;
  private long position;
  private boolean isBusy;

  FrontHash(Digest digest, Extents filled) {
    this.digest = digest;
    this.hash = digest.newHash();
    this.filled = filled;
  }

  /** Hashes these bytes, which the file has, if they are the next. */
  void offer(long at, ByteBuffer bytes) {
    synchronized (this) {
      if (isBusy || at != position) {
        return;
      }
      isBusy = true;
    }
    int count = bytes.remaining();
    hash.update(bytes);
    advance(count);
  }

  /** Whether the file has bytes that are to be hashed, and nobody is at it. */
  synchronized boolean isBehind() {
    return !isBusy && filled.endFrom(position) > position;
  }

  /** Hashes some of what the file has; to be called while {@link #isBehind}. */
  void catchUp(Fill fill, ByteBuf buffer) throws IOException {
    long from;
    int count;
    synchronized (this) {
      count = (int) Math.min(buffer.capacity(), filled.endFrom(position) - position);
      if (isBusy || count == 0) {
        return;
      }
      isBusy = true;
      from = position;
    }
    int hashed = 0;
    try {
      ByteBuffer bytes = buffer.nioBuffer(0, count);
      fill.read(bytes, from);
      hash.update(bytes.flip());
      hashed = count;
    } finally {
      advance(hashed);
    }
  }

  /** Up to where it has come. */
  synchronized long position() {
    return position;
  }

  /** Whether what was hashed is the whole content; the last call of all. */
  synchronized boolean holds() {
    isBusy = true;
    return digest.matches(hash);
  }

  /** What was hashed so far; no more will be. */
  synchronized Hashed end() {
    boolean isUsable = !isBusy;
    isBusy = true;
    return isUsable ? new Hashed(position, hash) : Hashed.none(digest);
  }

  private synchronized void advance(int count) {
    position += count;
    isBusy = false;
  }
}
