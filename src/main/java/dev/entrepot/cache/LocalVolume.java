package dev.entrepot.cache;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A directory of this machine, and nothing outside it, wherever symlinks inside it point. */
final class LocalVolume implements Volume {

  private static final String LOOKS = "unix:isRegularFile,size,lastModifiedTime,ctime";

  private final Path root;
  private final boolean isUnix;

  LocalVolume(Path root) {
    this.root = root.toAbsolutePath().normalize();
    this.isUnix = root.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  @Override
  public FileChannel create(Path file) throws IOException {
    createDirectories(parentOf(file));
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Override
  public FileChannel open(Path file) throws IOException {
    checkWay(file);
    return FileChannel.open(file, StandardOpenOption.READ, NOFOLLOW_LINKS);
  }

  @Override
  public void read(FileChannel channel, ByteBuffer target, long position) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new EOFException("the file ends at " + at);
      }
      at += count;
    }
  }

  @Override
  public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  @Override
  public void force(FileChannel channel) throws IOException {
    channel.force(true);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    checkWay(from);
    Path parent = parentOf(to);
    List<Path> grown = createDirectories(parent);
    if (Files.isDirectory(to, NOFOLLOW_LINKS)) {
      delete(to);
    }
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    forceDirectory(parent);
    for (Path directory : grown) {
      forceDirectory(directory);
    }
  }

  @Override
  public Optional<FileLooks> attributes(Path path) throws IOException {
    checkWay(path);
    try {
      return Optional.of(isUnix ? unixLooks(path) : looks(path));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    checkWay(path);
    if (!Files.isDirectory(path, NOFOLLOW_LINKS)) {
      Files.deleteIfExists(path);
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public long usable(Path path) throws IOException {
    // A file store is found by reading the list of mounts: too long for every blob.
    long bytes = path.toFile().getUsableSpace();
    return bytes > 0 ? bytes : Files.getFileStore(path).getUsableSpace();
  }

  private static FileLooks unixLooks(Path path) throws IOException {
    Map<String, Object> found = Files.readAttributes(path, LOOKS, NOFOLLOW_LINKS);
    return FileLooks.of(
        Boolean.TRUE.equals(found.get("isRegularFile")),
        found.get("size") instanceof Long size ? size : -1,
        time(found.get("lastModifiedTime")),
        time(found.get("ctime")));
  }

  private static FileLooks looks(Path path) throws IOException {
    BasicFileAttributes found =
        Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
    FileTime modified = found.lastModifiedTime();
    return FileLooks.of(found.isRegularFile(), found.size(), modified, modified);
  }

  private static FileTime time(@Nullable Object time) {
    return time instanceof FileTime known ? known : FileTime.fromMillis(0);
  }

  /** No directory on the way from the root may be a symlink. */
  private void checkWay(Path path) throws IOException {
    Path at = root;
    for (Path name : directoriesTo(parentOf(path))) {
      at = at.resolve(name);
      if (!Files.isDirectory(at, NOFOLLOW_LINKS)) {
        if (Files.exists(at, NOFOLLOW_LINKS)) {
          throw new NotDirectoryException(at.toString());
        }
        return;
      }
    }
  }

  /**
   * Creates what is missing, over whatever else has the names; tells which directories gained an
   * entry. The cache's own directories are an exception: who put a symlink there may have meant it.
   */
  private List<Path> createDirectories(Path wanted) throws IOException {
    List<Path> grown = new ArrayList<>();
    Path at = root;
    for (Path name : directoriesTo(wanted)) {
      Path parent = at;
      at = at.resolve(name);
      if (Files.isDirectory(at, NOFOLLOW_LINKS)) {
        continue;
      }
      // Others create it at the same time: only what is no directory is in the way.
      if (!parent.equals(root) && isInTheWay(at)) {
        Files.deleteIfExists(at);
      }
      Files.createDirectories(at);
      if (!Files.isDirectory(at, NOFOLLOW_LINKS)) {
        throw new NotDirectoryException(at.toString());
      }
      grown.add(parent);
    }
    return grown;
  }

  private static boolean isInTheWay(Path path) {
    return Files.exists(path, NOFOLLOW_LINKS) && !Files.isDirectory(path, NOFOLLOW_LINKS);
  }

  private List<Path> directoriesTo(Path directory) throws IOException {
    if (!directory.startsWith(root)) {
      throw new IOException(directory + " is not inside " + root);
    }
    List<Path> names = new ArrayList<>();
    for (int i = root.getNameCount(); i < directory.getNameCount(); i++) {
      names.add(directory.getName(i));
    }
    return names;
  }

  private static void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path parentOf(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException(path + " has no parent directory");
    }
    return parent;
  }
}
