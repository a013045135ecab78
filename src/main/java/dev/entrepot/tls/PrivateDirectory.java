package dev.entrepot.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that holds our keys: whole files or none, readable by us alone, one writer at a
 * time.
 */
record PrivateDirectory(Path path) {

  private static final Logger log = LoggerFactory.getLogger(PrivateDirectory.class);
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> SECRET =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("rw-r--r--");
  private static final Set<PosixFilePermission> GROUP =
      PosixFilePermissions.fromString("---rwx---");
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("------rwx");
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(20);

  Path file(String name) {
    return path.resolve(name);
  }

  boolean has(String name) {
    return Files.exists(file(name));
  }

  void writeSecret(String name, String content) {
    write(name, content, SECRET);
  }

  void writeOpen(String name, String content) {
    write(name, content, OPEN);
  }

  /** Runs work while no other process or thread writes here. */
  <T> T locked(Supplier<T> work) {
    create();
    Path lockFile = file(".lock");
    try (FileChannel channel =
            FileChannel.open(
                lockFile,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                attributes(SECRET));
        FileLock _ = lock(channel)) {
      return work.get();
    } catch (IOException failure) {
      throw UnusableCertificateException.io("lock", lockFile, failure);
    }
  }

  /**
   * Makes sure that a private key of ours is not open to others, or says why it may not be used.
   */
  void guard(String name) {
    Path file = file(name);
    try {
      Set<PosixFilePermission> mode = modes(file);
      if (mode.stream().anyMatch(OTHERS::contains)) {
        throw new UnusableCertificateException(
            "tried to use the private key %s but every user of this machine may read it; run: chmod 600 %s, or if it may have been read: entrepot certs init --force"
                .formatted(file, file));
      }
      if (mode.stream().anyMatch(GROUP::contains)) {
        // Kubernetes opens the files of a volume to its fsGroup at each mount.
        closeToGroup(file);
      }
    } catch (IOException failure) {
      throw UnusableCertificateException.io("check the file mode of", file, failure);
    }
  }

  private static void closeToGroup(Path file) {
    try {
      Files.setPosixFilePermissions(file, SECRET);
      log.warn("private key was open to its group and has been closed file={}", file);
    } catch (IOException _) {
      log.debug("private key is open to its group and cannot be closed file={}", file);
    }
  }

  private static Set<PosixFilePermission> modes(Path file) throws IOException {
    return isPosix(file) ? Files.getPosixFilePermissions(file) : SECRET;
  }

  private void create() {
    try {
      Path parent = path.toAbsolutePath().getParent();
      if (Files.isDirectory(path)) {
        return;
      }
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.createDirectories(path, attributes(DIRECTORY));
    } catch (IOException failure) {
      throw UnusableCertificateException.io("create the directory", path, failure);
    }
  }

  private void write(String name, String content, Set<PosixFilePermission> mode) {
    Path target = file(name);
    try {
      Path draft = Files.createTempFile(path, "." + name, ".new", attributes(SECRET));
      try {
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
          ByteBuffer bytes = StandardCharsets.US_ASCII.encode(content);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
          channel.force(true);
        }
        if (isPosix(draft)) {
          Files.setPosixFilePermissions(draft, mode);
        }
        Files.move(
            draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(draft);
      }
      force();
    } catch (IOException failure) {
      throw UnusableCertificateException.io("write", target, failure);
    }
  }

  /** Makes renames durable, where the file system allows to open a directory. */
  private void force() {
    try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
      directory.force(true);
    } catch (IOException _) {
      log.debug("directory cannot be forced to disk directory={}", path);
    }
  }

  private static FileLock lock(FileChannel channel) throws IOException {
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (true) {
      FileLock lock = tryLock(channel);
      if (lock != null) {
        return lock;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("another process has held it for " + LONGEST_WAIT.toSeconds() + " s");
      }
      LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // Another thread of this process; to us it is the same as another process.
      return null;
    }
  }

  private FileAttribute<?>[] attributes(Set<PosixFilePermission> mode) {
    return isPosix(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)}
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
