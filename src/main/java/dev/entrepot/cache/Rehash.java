package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;

/** Reads one stored blob again, some bytes at a time; it may be evicted meanwhile. */
final class Rehash implements AutoCloseable {

  private final Entry entry;
  private final FileChannel channel;
  private final Volume volume;
  private final Tuning tuning;
  private final MessageDigest hash;
  private long position;

  private Rehash(Entry entry, FileChannel channel, Volume volume, Tuning tuning) {
    this.entry = entry;
    this.channel = channel;
    this.volume = volume;
    this.tuning = tuning;
    this.hash = entry.digest().newHash();
  }

  static Rehash of(Entry entry, CacheDirectory directory, Volume volume, Tuning tuning)
      throws IOException {
    return new Rehash(entry, volume.open(directory.blob(entry.digest())), volume, tuning);
  }

  Entry entry() {
    return entry;
  }

  /** Reads so many more, if there are; returns how many. */
  long advance(long bytes) throws IOException {
    long start = position;
    long end = Math.min(entry.size(), position + bytes);
    ByteBuf buffer = tuning.buffers().take(tuning.piece());
    try {
      while (position < end) {
        int count = (int) Math.min(tuning.piece(), end - position);
        ByteBuffer piece = buffer.nioBuffer(0, count);
        volume.read(channel, piece, position);
        hash.update(piece.flip());
        position += count;
      }
    } finally {
      buffer.release();
    }
    return position - start;
  }

  boolean isDone() {
    return position == entry.size();
  }

  /** Once it is done; to be asked once. */
  boolean holds() {
    return entry.digest().matches(hash);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
