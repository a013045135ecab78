package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cache's directory, locked against a second process.
 *
 * <p>{@code blobs/<algorithm>/<2 hex>/<hex>}, {@code fills/}, {@code
 * upstreams/<host>/<repository>/{tags,manifests,blobs,pins}/<name>.json}, {@code VERSION}, {@code
 * LOCK}, {@code INDEX}; the spelling is that of {@link FileNames}.
 */
final class CacheDirectory implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CacheDirectory.class);
  private static final String VERSION = "1";

  private final Path root;
  private final FileChannel lock;
  private final AtomicLong fills = new AtomicLong();

  private CacheDirectory(Path root, FileChannel lock) {
    this.root = root;
    this.lock = lock;
  }

  /** Takes the directory, creating what is missing and dropping what was being fetched. */
  static CacheDirectory open(Path directory, Volume volume) {
    Path root = directory.toAbsolutePath().normalize();
    try {
      createPrivately(root);
      CacheDirectory opened = new CacheDirectory(root, lock(root));
      try {
        opened.prepare(volume);
        return opened;
      } catch (CacheException | IOException e) {
        opened.close();
        throw e;
      }
    } catch (IOException e) {
      throw new CacheException(
          "tried to use the cache directory %s but %s; give entrepot.cache.directory a directory that can be written"
              .formatted(root, e),
          e);
    }
  }

  Path root() {
    return root;
  }

  Path blobs() {
    return root.resolve("blobs");
  }

  Path blob(Digest digest) {
    return blobs()
        .resolve(digest.algorithm())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  /** A name nobody has used since the start. */
  Path newFill() {
    return root.resolve("fills").resolve("fill-" + fills.incrementAndGet());
  }

  Path link(RepositoryAddress address, Links.Kind kind, Digest digest) {
    String kinds = kind.name().toLowerCase(Locale.ROOT) + "s";
    return repository(address).resolve(kinds).resolve(FileNames.of(digest) + ".json");
  }

  Path tag(RepositoryAddress address, Tag tag) {
    return repository(address).resolve("tags").resolve(FileNames.of(tag) + ".json");
  }

  Path pin(RepositoryAddress address, Reference reference) {
    String name =
        switch (reference) {
          case Tag tag -> FileNames.of(tag);
          // No tag ends like this: its grammar has no plus.
          case Digest digest -> FileNames.of(digest) + "+digest";
        };
    return repository(address).resolve("pins").resolve(name + ".json");
  }

  Path index() {
    return root.resolve("INDEX");
  }

  Path upstreams() {
    return root.resolve("upstreams");
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      log.debug("cache directory not unlocked directory={} reason={}", root, e.toString());
    }
  }

  Path repository(RepositoryAddress address) {
    return upstreams()
        .resolve(FileNames.of(address.registry()))
        .resolve(FileNames.of(address.repository()));
  }

  private void prepare(Volume volume) throws IOException {
    for (String name : List.of("VERSION", "INDEX", "blobs", "fills", "upstreams")) {
      refuseSymlink(root.resolve(name));
    }
    checkVersion();
    Path unfinished = root.resolve("fills");
    Files.createDirectories(blobs());
    Files.createDirectories(unfinished);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(unfinished)) {
      for (Path fill : left) {
        volume.delete(fill);
      }
    }
  }

  /** What lies elsewhere is not the cache's to change. */
  private static void refuseSymlink(Path path) {
    if (Files.isSymbolicLink(path)) {
      throw new CacheException(
          "tried to use the cache directory but %s is a symbolic link, and those are not followed; remove it, or mount there what it points at"
              .formatted(path),
          null);
    }
  }

  private void checkVersion() throws IOException {
    Path file = root.resolve("VERSION");
    String found = Files.exists(file) ? Files.readString(file).strip() : "";
    if (found.isEmpty()) {
      writeVersion(file);
    } else if (!found.equals(VERSION)) {
      throw new CacheException(
          "tried to use the cache directory %s but its VERSION is '%s' and this program knows %s; use another directory or remove this one"
              .formatted(root, found, VERSION),
          null);
    }
  }

  private static void writeVersion(Path file) {
    try {
      Files.writeString(file, VERSION + "\n");
    } catch (IOException e) {
      // A full disk turns caching off, not the proxy.
      log.warn("VERSION not written file={} reason={}", file, e.toString());
    }
  }

  private static FileChannel lock(Path root) throws IOException {
    FileChannel channel =
        FileChannel.open(
            root.resolve("LOCK"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException _) {
      // This process holds it already: as good as another one.
    }
    channel.close();
    throw CacheException.inUse(
        "tried to use the cache directory %s but another process is using it; stop that one, or give entrepot.cache.directory another directory"
            .formatted(root));
  }

  private static void createPrivately(Path root) throws IOException {
    if (Files.isDirectory(root)) {
      return;
    }
    Files.createDirectories(root);
    if (root.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
