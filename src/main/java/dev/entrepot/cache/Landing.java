package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * Puts bytes into a fill, in any order and from several threads: each byte once, and hashed from
 * the first on as far as there is no gap.
 */
final class Landing {

  /** What one turn of hashing reads back. */
  private static final long SLICE = 4L * 1024 * 1024;

  private final Fill fill;
  private final Extents claimed = new Extents();
  private final Extents filled = new Extents();
  private final FrontHash hash;
  private final DiskPace pace;
  private final BooleanSupplier makesRoom;
  private final Tuning tuning;

  /**
   * @param makesRoom makes some if it can, when there is none
   */
  Landing(Digest digest, Fill fill, BooleanSupplier makesRoom, Tuning tuning) {
    this.fill = fill;
    this.hash = new FrontHash(digest, filled);
    this.pace = new DiskPace(tuning.timer());
    this.makesRoom = makesRoom;
    this.tuning = tuning;
  }

  /** How bytes landed. */
  enum Outcome {
    DONE,
    NO_ROOM,
    /** They have, but the disk holds the flight up. */
    TOO_SLOW
  }

  /** What of the fill holds content. */
  Extents filled() {
    return filled;
  }

  FrontHash hash() {
    return hash;
  }

  /** Puts these bytes where they belong, as far as no other request brings them. */
  Outcome land(long at, ByteBuffer bytes) throws IOException {
    long end = at + bytes.remaining();
    long next = at;
    boolean isAll = true;
    while (next < end) {
      long ours = claimed.claim(next, end);
      if (ours == 0) {
        isAll = false;
        next = Math.min(end, claimed.endFrom(next));
      } else if (hasRoom()) {
        write(bytes.slice((int) (next - at), (int) ours), next);
        filled.add(next, next + ours);
        next += ours;
      } else {
        return Outcome.NO_ROOM;
      }
    }
    if (isAll) {
      hash.offer(at, bytes);
    }
    return pace.isTooSlow() ? Outcome.TOO_SLOW : Outcome.DONE;
  }

  /** Hashes some of what came out of order. */
  void catchUp() throws IOException {
    int piece = tuning.piece();
    ByteBuf buffer = tuning.buffers().take(piece);
    try {
      for (long done = 0; done < SLICE && hash.isBehind(); done += piece) {
        hash.catchUp(fill, buffer);
      }
    } finally {
      buffer.release();
    }
  }

  private boolean hasRoom() {
    long wanted = claimed.total();
    return fill.holds(wanted) || (makesRoom.getAsBoolean() && fill.holds(wanted));
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    int count = bytes.remaining();
    pace.begins();
    try {
      fill.write(bytes, at);
    } finally {
      pace.ends(count);
    }
    fill.wrote(count);
  }
}
