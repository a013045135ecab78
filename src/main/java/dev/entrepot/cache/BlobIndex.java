package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which blobs are stored, how large they are, and when they were last used. */
final class BlobIndex {

  private static final Logger log = LoggerFactory.getLogger(BlobIndex.class);

  private final ConcurrentMap<Digest, Entry> entries = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * Reads names, and sizes and times of what the last run did not know, but no content. A file is
   * looked at when it is first asked for.
   */
  static BlobIndex read(CacheDirectory directory, Volume volume, IndexFile.Known known) {
    BlobIndex index = new BlobIndex();
    try {
      List<Path> prefixes = new ArrayList<>();
      for (Path algorithm : directories(directory.blobs())) {
        prefixes.addAll(directories(algorithm));
      }
      prefixes.parallelStream().forEach(prefix -> index.readBlobs(prefix, volume, known));
    } catch (IOException | UncheckedIOException | DirectoryIteratorException e) {
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
  void add(Digest digest, Commit rename) throws IOException {
    try {
      entries.compute(
          digest,
          (_, earlier) -> {
            Entry entry = rename.unchecked();
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

  private void readBlobs(Path prefix, Volume volume, IndexFile.Known known) {
    // One string for all its blobs.
    String algorithm = name(prefix.getParent());
    try (DirectoryStream<Path> blobs = Files.newDirectoryStream(prefix)) {
      for (Path blob : blobs) {
        String hex = name(blob);
        Entry.Recorded recorded = known.entries().get(hex);
        Optional<Entry> entry =
            recorded != null
                ? Optional.of(known.isClean() ? Entry.trusted(recorded) : Entry.doubted(recorded))
                : entry(algorithm, hex, blob, volume);
        entry
            .filter(_ -> prefix.endsWith(hex.substring(0, 2)))
            .filter(found -> found.digest().algorithm().equals(algorithm))
            .ifPresentOrElse(
                this::found, () -> log.warn("not a stored blob, ignored path={}", blob));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void found(Entry entry) {
    entries.put(entry.digest(), entry);
    bytes.addAndGet(entry.size());
  }

  private static Optional<Entry> entry(String algorithm, String hex, Path blob, Volume volume)
      throws IOException {
    Digest digest;
    try {
      digest = new Digest(algorithm, hex);
    } catch (RegistryException _) {
      return Optional.empty();
    }
    return volume
        .attributes(blob)
        .filter(FileLooks::isRegularFile)
        .map(looks -> Entry.found(digest, looks));
  }

  private static List<Path> directories(Path parent) throws IOException {
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(
            parent, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
      List<Path> directories = new ArrayList<>();
      found.forEach(directories::add);
      return directories;
    }
  }

  private static String name(@Nullable Path path) {
    return path == null ? "" : String.valueOf(path.getFileName());
  }

  /** A file gets its name. */
  interface Commit {

    Entry run() throws IOException;

    private Entry unchecked() {
      try {
        return run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A change to a file. */
  interface FileChange {

    void run() throws IOException;

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
