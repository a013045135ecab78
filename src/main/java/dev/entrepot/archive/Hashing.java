package dev.entrepot.archive;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/**
 * Reads content to its end for its digest.
 *
 * @param hash has seen all that was read
 */
record Hashing(MessageDigest hash) {

  private static final int PIECE = 256 * 1024;

  /** Returns how many bytes there were. */
  long readAll(InputStream stream) throws IOException {
    return readAll(stream, _ -> {});
  }

  /**
   * Returns how many bytes there were.
   *
   * @param progress is told of every piece
   */
  long readAll(InputStream stream, LongConsumer progress) throws IOException {
    byte[] piece = new byte[PIECE];
    long total = 0;
    for (int count = stream.read(piece); count >= 0; count = stream.read(piece)) {
      hash.update(piece, 0, count);
      total += count;
      progress.accept(count);
    }
    return total;
  }
}
