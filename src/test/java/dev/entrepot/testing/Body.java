package dev.entrepot.testing;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Bytes that can be read at any offset, held in memory or made up on the fly. */
public interface Body {

  long length();

  /** Exactly {@code length} bytes from {@code offset}; both lie inside the body. */
  byte[] bytes(long offset, int length);

  /** A body held in memory. */
  static Body of(byte[] content) {
    return new Body() {
      @Override
      public long length() {
        return content.length;
      }

      @Override
      public byte[] bytes(long offset, int length) {
        return Arrays.copyOfRange(content, (int) offset, (int) offset + length);
      }
    };
  }

  /** A UTF-8 text held in memory. */
  static Body of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Bodies one after another. */
  static Body joined(List<Body> parts) {
    return new Body() {
      @Override
      public long length() {
        return parts.stream().mapToLong(Body::length).sum();
      }

      @Override
      public byte[] bytes(long offset, int count) {
        var joined = ByteBuffer.allocate(count);
        long start = 0;
        for (var part : parts) {
          long from = Math.max(0, offset - start);
          long wanted = Math.min(part.length() - from, joined.remaining());
          if (wanted > 0) {
            joined.put(part.bytes(from, (int) wanted));
          }
          start += part.length();
        }
        return joined.array();
      }
    };
  }

  /** The part of this body that starts at {@code start}. */
  default Body slice(long start, long length) {
    var whole = this;
    return new Body() {
      @Override
      public long length() {
        return length;
      }

      @Override
      public byte[] bytes(long offset, int count) {
        return whole.bytes(start + offset, count);
      }
    };
  }

  /** This body with every bit of the byte at {@code position} inverted. */
  default Body flippedAt(long position) {
    var sound = this;
    return new Body() {
      @Override
      public long length() {
        return sound.length();
      }

      @Override
      public byte[] bytes(long offset, int count) {
        var piece = sound.bytes(offset, count);
        if (position >= offset && position < offset + count) {
          piece[(int) (position - offset)] ^= (byte) 0xff;
        }
        return piece;
      }
    };
  }

  /** The body as a stream, made up piece by piece. */
  default InputStream stream() {
    var body = this;
    return new InputStream() {
      private long position;

      @Override
      public int read() {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int at, int count) {
        int wanted = (int) Math.min(count, body.length() - position);
        if (wanted <= 0) {
          return count == 0 ? 0 : -1;
        }
        System.arraycopy(body.bytes(position, wanted), 0, target, at, wanted);
        position += wanted;
        return wanted;
      }
    };
  }

  /** The whole body as one array; only for small ones. */
  default byte[] toBytes() {
    return bytes(0, Math.toIntExact(length()));
  }
}
