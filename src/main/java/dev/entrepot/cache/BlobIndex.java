package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which blobs are stored, how large they are, and when they were last used. */
final class BlobIndex {

  private static final Logger log = LoggerFactory.getLogger(BlobIndex.class);

  private final ConcurrentMap<Digest, Entry> entries = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** Reads names, sizes and times, but no content. */
  static BlobIndex read(CacheDirectory directory) {
    BlobIndex index = new BlobIndex();
    try (DirectoryStream<Path> algorithms = directories(directory.blobs())) {
      for (Path algorithm : algorithms) {
        index.readAlgorithm(algorithm);
      }
    } catch (IOException e) {
      throw new CacheException(
          "tried to list the cache directory %s but %s".formatted(directory.root(), e), e);
    }
    return index;
  }

  Optional<Entry> find(Digest digest) {
    return Optional.ofNullable(entries.get(digest));
  }

  /**
   * Adds an entry, or replaces an earlier one, once {@code rename} has given its file its name.
   * Changes to one digest's file take turns.
   */
  void add(Entry entry, FileChange rename) throws IOException {
    try {
      entries.compute(
          entry.digest(),
          (_, earlier) -> {
            rename.unchecked();
            bytes.addAndGet(entry.size() - (earlier == null ? 0 : earlier.size()));
            return entry;
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Removes an entry and then its file, unless another entry has taken its place. */
  boolean remove(Entry entry, FileChange delete) {
    AtomicBoolean isRemoved = new AtomicBoolean();
    entries.computeIfPresent(
        entry.digest(),
        (_, current) -> {
          if (current != entry) {
            return current;
          }
          bytes.addAndGet(-entry.size());
          isRemoved.set(delete.succeeds());
          return null;
        });
    return isRemoved.get();
  }

  /** How much is stored. */
  long bytes() {
    return bytes.get();
  }

  /** How many there are. */
  int count() {
    return entries.size();
  }

  /** All of them, as they change. */
  Collection<Entry> entries() {
    return entries.values();
  }

  List<Entry> leastRecentlyUsedFirst() {
    record Use(Entry entry, Instant time) {}
    return entries.values().stream()
        // Times change meanwhile, and a sort wants them not to.
        .map(entry -> new Use(entry, entry.lastUse()))
        .sorted(Comparator.comparing(Use::time))
        .map(Use::entry)
        .toList();
  }

  private void readAlgorithm(Path algorithm) throws IOException {
    try (DirectoryStream<Path> prefixes = directories(algorithm)) {
      for (Path prefix : prefixes) {
        readBlobs(algorithm.getFileName().toString(), prefix);
      }
    }
  }

  private void readBlobs(String algorithm, Path prefix) throws IOException {
    try (DirectoryStream<Path> blobs = Files.newDirectoryStream(prefix)) {
      for (Path blob : blobs) {
        BasicFileAttributes found =
            Files.readAttributes(blob, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        String hex = blob.getFileName().toString();
        Optional<Digest> digest = Digest.tryParse(algorithm + ":" + hex);
        if (digest.isPresent() && found.isRegularFile() && prefix.endsWith(hex.substring(0, 2))) {
          add(
              new Entry(digest.get(), found.size(), found.lastModifiedTime().toInstant()),
              () -> {});
        } else {
          log.warn("not a stored blob, ignored path={}", blob);
        }
      }
    }
  }

  @SuppressWarnings("StreamResourceLeak") // every caller closes it
  private static DirectoryStream<Path> directories(Path parent) throws IOException {
    return Files.newDirectoryStream(
        parent, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
  }

  /** A change to a file. */
  interface FileChange {

    void run() throws IOException;

    private void unchecked() {
      try {
        run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private boolean succeeds() {
      try {
        run();
        return true;
      } catch (IOException e) {
        log.warn("blob not deleted reason={}", e.toString());
        return false;
      }
    }
  }
}
