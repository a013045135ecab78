package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file a blob is fetched into. Safe for several threads that write different parts. */
final class Fill {

  private static final Logger log = LoggerFactory.getLogger(Fill.class);

  /** By how much the room of a blob of unknown length grows. */
  private static final long STEP = 4L * 1024 * 1024;

  private final Path path;
  private final OpenFile file;
  private final Volume volume;
  private final Blobs blobs;
  private final Room.Reservation room;

  private Fill(Path path, OpenFile file, Volume volume, Blobs blobs, Room.Reservation room) {
    this.path = path;
    this.file = file;
    this.volume = volume;
    this.blobs = blobs;
    this.room = room;
  }

  static Fill create(CacheDirectory directory, Volume volume, Blobs blobs, Room.Reservation room)
      throws IOException {
    Path path = directory.newFill();
    return new Fill(path, new OpenFile(volume.create(path)), volume, blobs, room);
  }

  /** Open as long as the fill is in progress or a reader has it. */
  OpenFile file() {
    return file;
  }

  /** Makes sure there is room for so many bytes in all, by steps. */
  synchronized boolean holds(long bytes) {
    return bytes <= room.size() || room.growTo(bytes + STEP) || room.growTo(bytes);
  }

  /** Puts bytes where they belong; {@link #wrote} then tells their room. */
  void write(ByteBuffer bytes, long position) throws IOException {
    volume.write(file.channel(), bytes, position);
  }

  /** So many bytes of its room are on disk now. */
  synchronized void wrote(long count) {
    room.wrote(count);
  }

  void read(ByteBuffer target, long position) throws IOException {
    volume.read(file.channel(), target, position);
  }

  void commit(Digest digest) throws IOException {
    try {
      blobs.commit(digest, file, path);
    } finally {
      endRoom();
    }
  }

  /** Its readers may go on reading. */
  void delete() {
    endRoom();
    try {
      volume.delete(path);
    } catch (IOException e) {
      // The next start empties the directory.
      log.warn("fill not deleted path={} reason={}", path, e.toString());
    }
  }

  private synchronized void endRoom() {
    room.end();
  }
}
