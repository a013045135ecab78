package dev.entrepot.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A layout in a tar; equal layouts give equal bytes. A file gets its name once it is complete. */
final class TarTarget implements LayoutTarget {

  private static final int BUFFER = 256 * 1024;

  private final OutputStream buffered;
  private final TarArchiveOutputStream tar;
  private final Optional<Destination> destination;

  private record Destination(Path part, Path file) {}

  private TarTarget(OutputStream stream, Optional<Destination> destination) {
    this.buffered = new BufferedOutputStream(stream, BUFFER);
    this.tar = new TarArchiveOutputStream(buffered);
    this.destination = destination;
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  static TarTarget create(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    OutputStream stream =
        Files.newOutputStream(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    return new TarTarget(stream, Optional.of(new Destination(part, file)));
  }

  static TarTarget over(OutputStream stream) {
    return new TarTarget(stream, Optional.empty());
  }

  @Override
  public void file(String name, long size, InputStream bytes) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(size);
    entry.setLastModifiedTime(FileTime.from(Instant.EPOCH));
    tar.putArchiveEntry(entry);
    byte[] piece = new byte[BUFFER];
    for (long left = size; left > 0; ) {
      int count = bytes.read(piece, 0, (int) Math.min(piece.length, left));
      if (count < 0) {
        throw LayoutTarget.tooShort(name);
      }
      tar.write(piece, 0, count);
      left -= count;
    }
    tar.closeArchiveEntry();
  }

  @Override
  public void finish() throws IOException {
    tar.finish();
    // The tar itself keeps back what does not fill its blocks, of which there is nothing left.
    buffered.flush();
    if (destination.isPresent()) {
      tar.close();
      Files.move(
          destination.get().part(),
          destination.get().file(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public void close() throws IOException {
    if (destination.isPresent()) {
      try {
        tar.close();
      } catch (IOException e) {
        // An entry that was begun and not ended; what was written of it goes.
        Files.deleteIfExists(destination.get().part());
      }
      Files.deleteIfExists(destination.get().part());
    }
  }
}
