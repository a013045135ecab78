package dev.entrepot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A disk whose failures are noted, and which evicts when it is full. */
final class WatchedVolume implements Volume {

  private static final int ATTEMPTS = 3;

  private final Volume disk;
  private final DiskHealth health;
  private volatile BooleanSupplier squeeze = () -> false;

  WatchedVolume(Volume disk, DiskHealth health) {
    this.disk = disk;
    this.health = health;
  }

  /** How to free some of a full disk; tells whether it did. */
  void whenFull(BooleanSupplier squeeze) {
    this.squeeze = squeeze;
  }

  @Override
  public FileChannel create(Path file) throws IOException {
    if (!health.isWorking()) {
      throw new IOException("the disk is left alone after a failure");
    }
    return insist("create", () -> disk.create(file));
  }

  @Override
  public FileChannel open(Path file) throws IOException {
    return disk.open(file);
  }

  @Override
  public void read(FileChannel channel, ByteBuffer target, long position) throws IOException {
    disk.read(channel, target, position);
  }

  @Override
  public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
    int start = bytes.position();
    insist(
        "write",
        () -> {
          disk.write(channel, bytes.position(start), position);
          return channel;
        });
  }

  @Override
  public void force(FileChannel channel) throws IOException {
    try {
      disk.force(channel);
    } catch (IOException e) {
      // Never tried twice on one file: a second try may succeed though bytes are lost.
      health.failed("force", e);
      throw e;
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    try {
      disk.rename(from, to);
    } catch (IOException e) {
      health.failed("rename", e);
      throw e;
    }
  }

  @Override
  public Optional<FileLooks> attributes(Path path) throws IOException {
    return disk.attributes(path);
  }

  @Override
  public void delete(Path path) throws IOException {
    disk.delete(path);
  }

  @Override
  public long usable(Path path) throws IOException {
    return disk.usable(path);
  }

  private <T> T insist(String operation, Use<T> use) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return use.run();
      } catch (IOException e) {
        if (!isFull(e) || attempt == ATTEMPTS || !squeeze.getAsBoolean()) {
          health.failed(operation, e);
          throw e;
        }
      }
    }
  }

  private static boolean isFull(IOException reason) {
    String text = String.valueOf(reason.getMessage()).toLowerCase(Locale.ROOT);
    return text.contains("no space left") || text.contains("quota exceeded");
  }

  /** A use of the disk. */
  private interface Use<T> {

    T run() throws IOException;
  }
}
