package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file a blob is fetched into; used by one thread at a time. */
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

  /** Makes sure there is room up to {@code end}, by steps. */
  boolean reaches(long end) {
    return end <= room.size() || room.growTo(end + STEP) || room.growTo(end);
  }

  void write(ByteBuf bytes, long position) throws IOException {
    int count = bytes.readableBytes();
    volume.write(file.channel(), bytes.nioBuffer(), position);
    room.wrote(count);
  }

  void commit(Digest digest, long size) throws IOException {
    try {
      blobs.commit(digest, file, path);
    } finally {
      room.end();
    }
  }

  /** Its readers may go on reading. */
  void delete() {
    room.end();
    try {
      volume.delete(path);
    } catch (IOException e) {
      // The next start empties the directory.
      log.warn("fill not deleted path={} reason={}", path, e.toString());
    }
  }
}
