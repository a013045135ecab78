package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.TestBlob;
import java.security.MessageDigest;

/** A client that has asked for a blob and takes it as it likes, hashing all that it takes. */
final class Download implements AutoCloseable {

  private static final int PIECE = 64 * 1024;

  private final HttpProbe connection;
  private final TestBlob blob;
  private final MessageDigest hash = Hashing.sha256();
  private long taken;

  private Download(HttpProbe connection, TestBlob blob) {
    this.connection = connection;
    this.blob = blob;
  }

  /** Asks and reads the head of the answer, which must be 200. */
  static Download begin(HttpProbe connection, String repository, TestBlob blob) {
    new Pull(connection, "registry.test").begin(repository + "/blobs/" + blob.digest());
    var head = connection.readHead();
    assertThat(head.status()).as(head.statusLine()).isEqualTo(200);
    return new Download(connection, blob);
  }

  /** Takes so many bytes more, or what there is before the connection ends. */
  Download take(long count) {
    for (long left = Math.min(count, blob.length() - taken); left > 0; ) {
      var piece = connection.read((int) Math.min(PIECE, left));
      hash.update(piece);
      taken += piece.length;
      left -= piece.length;
      if (piece.length == 0) {
        break;
      }
    }
    return this;
  }

  long taken() {
    return taken;
  }

  /** Takes the rest; all of it must be the blob. */
  void finish() {
    take(Long.MAX_VALUE);
    assertThat(taken).isEqualTo(blob.length());
    assertThat(Hashing.text(hash.digest())).isEqualTo(blob.digest());
  }

  /** Gives up without a word. */
  void reset() {
    connection.reset();
  }

  @Override
  public void close() {
    connection.close();
  }
}
