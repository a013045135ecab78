package dev.entrepot.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 digests in registry notation, of arrays, streams and bodies of any size. */
public final class Hashing {

  private static final int PIECE = 256 * 1024;

  private Hashing() {}

  /** The {@code sha256:…} digest of these bytes. */
  public static String digest(byte[] bytes) {
    return text(sha256().digest(bytes));
  }

  /** The {@code sha256:…} digest of all that the stream yields; closes it. */
  public static String digest(InputStream stream) {
    var hash = sha256();
    try (stream) {
      var piece = new byte[PIECE];
      for (int read = stream.read(piece); read >= 0; read = stream.read(piece)) {
        hash.update(piece, 0, read);
      }
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to hash a stream but it broke", broken);
    }
    return text(hash.digest());
  }

  /** The {@code sha256:…} digest of a body, generated piece by piece. */
  public static String digest(Body body) {
    var hash = sha256();
    for (long offset = 0; offset < body.length(); offset += PIECE) {
      hash.update(body.bytes(offset, (int) Math.min(PIECE, body.length() - offset)));
    }
    return text(hash.digest());
  }

  /** A fresh SHA-256, for tests that hash while they read. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  /** Renders a finished hash as {@code sha256:…}. */
  public static String text(byte[] hash) {
    return "sha256:" + HexFormat.of().formatHex(hash);
  }
}
