package dev.entrepot.benchmark;

import java.nio.ByteBuffer;

/**
 * Tells how many bytes a stream of TLS 1.3 records carries, without decrypting it: a client that
 * decrypts costs as much as the server it measures.
 */
final class RecordCounter {

  private static final int HEADER = 5;
  private static final int APPLICATION_DATA = 23;

  /** The inner content type and the AES-GCM tag. */
  private static final int OVERHEAD = 17;

  private int headerRead;
  private int type;
  private int length;
  private int missing;
  private long carried;

  /** Takes all of {@code bytes}. */
  void take(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      if (headerRead < HEADER) {
        readHeader(bytes);
      } else {
        int part = Math.min(missing, bytes.remaining());
        bytes.position(bytes.position() + part);
        missing -= part;
        if (missing == 0) {
          carried += length - OVERHEAD;
          headerRead = 0;
        }
      }
    }
  }

  private void readHeader(ByteBuffer bytes) {
    int octet = bytes.get() & 0xff;
    switch (headerRead++) {
      case 0 -> type = octet;
      case 3 -> length = octet << 8;
      case 4 -> {
        length |= octet;
        missing = length;
        if (type != APPLICATION_DATA) {
          throw new IllegalStateException(
              "tried to count a body but a record of type " + type + " came");
        }
      }
      default -> {}
    }
  }

  /** The bytes carried by the complete records since the start or the last {@link #restart}. */
  long carried() {
    return carried;
  }

  /** Counts from zero again. */
  void restart() {
    carried = 0;
  }
}
