package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The stored blobs: hands out those that are whole, drops those that are not, evicts. */
final class Blobs {

  private static final Logger log = LoggerFactory.getLogger(Blobs.class);

  private final CacheDirectory directory;
  private final Volume volume;
  private final DiskThreads threads;
  private final InstantSource clock;
  private final Meters meters;
  private final Tuning tuning;
  private final BlobIndex index;
  private final OpenFiles open;

  Blobs(
      CacheDirectory directory,
      Volume volume,
      DiskThreads threads,
      InstantSource clock,
      Meters meters,
      Tuning tuning) {
    this.directory = directory;
    this.volume = volume;
    this.threads = threads;
    this.clock = clock;
    this.meters = meters;
    this.tuning = tuning;
    this.index = BlobIndex.read(directory);
    this.open = new OpenFiles(directory, volume);
  }

  BlobIndex index() {
    return index;
  }

  OpenFiles open() {
    return open;
  }

  Mono<Optional<Content>> stored(Digest digest) {
    return Mono.defer(
        () ->
            index
                .find(digest)
                .map(entry -> threads.<Optional<StoredContent>>reading(() -> offer(entry)))
                .orElseGet(() -> Mono.just(Optional.empty()))
                .flatMap(content -> content.map(this::verified).orElseGet(this::none)));
  }

  /** Notes a use of a blob that was served without its file. */
  void used(Digest digest) {
    Entry entry = index.find(digest).orElse(null);
    if (entry != null && entry.used(clock.instant())) {
      threads.read(() -> touch(entry));
    }
  }

  /** Gives a verified file its final name. */
  void commit(Digest digest, long size, OpenFile file, Path fill) throws IOException {
    volume.force(file.channel());
    Instant modified = volume.touch(fill, clock.instant());
    index.add(
        Entry.verified(digest, size, modified),
        () -> {
          volume.rename(fill, directory.blob(digest));
          open.adopt(digest, file);
        });
  }

  /** Drops a blob whose file is not what it should be; the next one who asks fetches it again. */
  void drop(Entry entry, String reason) {
    synchronized (entry) {
      if (!entry.isGone()) {
        log.warn("stored blob dropped digest={} reason={}", entry.digest(), reason);
        remove(entry);
      }
    }
  }

  /** Drops a blob that turned out not to be what its digest says. */
  void damaged(Entry entry, String finding, String reason) {
    drop(entry, reason);
  }

  /** A blob turned out to be what its digest says. */
  void holds(Entry entry) {}

  /** Takes a blob away, whoever reads it; false if it was gone already. */
  boolean purge(Entry entry) {
    synchronized (entry) {
      return remove(entry);
    }
  }

  /**
   * Evicts what was not used for longest and nobody uses now.
   *
   * @param least if less than this can be freed, nothing is
   * @param wanted how many bytes to free if possible
   * @return how many were freed
   */
  long evict(long least, long wanted) {
    var candidates =
        index.leastRecentlyUsedFirst().stream().filter(entry -> !isInUse(entry)).toList();
    if (candidates.stream().mapToLong(Entry::size).sum() < least) {
      return 0;
    }
    long freed = 0;
    for (Entry entry : candidates) {
      if (freed >= wanted) {
        break;
      }
      freed += evict(entry);
    }
    return freed;
  }

  private long evict(Entry entry) {
    synchronized (entry) {
      if (isInUse(entry) || !remove(entry)) {
        return 0;
      }
    }
    log.debug("blob evicted digest={} bytes={}", entry.digest(), entry.size());
    meters.evicted(entry.size());
    return entry.size();
  }

  private boolean isInUse(Entry entry) {
    synchronized (entry) {
      return open.isOpen(entry.digest()) || entry.isOffered(clock.instant());
    }
  }

  private Optional<StoredContent> offer(Entry entry) {
    synchronized (entry) {
      if (!isIntact(entry)) {
        return Optional.empty();
      }
      Instant now = clock.instant();
      if (entry.used(now)) {
        touch(entry);
      }
      return Optional.of(
          new StoredContent(
              entry, entry.offer(now), verification(entry), this, threads, volume, tuning));
    }
  }

  /** Whether the file is the one that was stored, by its looks; drops it otherwise. */
  boolean isIntact(Entry entry) {
    synchronized (entry) {
      return !entry.isGone() && looksIntact(entry);
    }
  }

  private boolean looksIntact(Entry entry) {
    try {
      Optional<BasicFileAttributes> found = volume.attributes(directory.blob(entry.digest()));
      if (found.isEmpty()) {
        drop(entry, "file gone");
      } else if (!found.get().isRegularFile()) {
        drop(entry, "no regular file");
      } else if (found.get().size() != entry.size()) {
        drop(entry, "size is %d, not %d".formatted(found.get().size(), entry.size()));
      } else {
        entry.found(found.get().lastModifiedTime().toInstant());
        return true;
      }
    } catch (IOException e) {
      meters.diskFailed("read");
      drop(entry, e.toString());
    }
    return false;
  }

  private Progress verification(Entry entry) {
    Progress known = entry.verification();
    if (known != null) {
      return known;
    }
    Verification started = new Verification(entry, this, threads, volume, tuning);
    entry.verifying(started.progress());
    threads.read(started);
    return started.progress();
  }

  private Mono<Optional<Content>> verified(StoredContent content) {
    if (content.size() > tuning.verifiedFirst()) {
      return Mono.just(Optional.of(content));
    }
    return content
        .progress()
        .ended()
        .map(end -> end instanceof Progress.State.Whole ? Optional.of(content) : Optional.empty());
  }

  private Mono<Optional<Content>> none() {
    return Mono.just(Optional.empty());
  }

  private void touch(Entry entry) {
    synchronized (entry) {
      try {
        if (!entry.isGone()) {
          entry.touched(volume.touch(directory.blob(entry.digest()), entry.lastUse()));
        }
      } catch (IOException e) {
        // On a read-only disk it is served all the same.
        log.debug("last use not noted digest={} reason={}", entry.digest(), e.toString());
      }
    }
  }

  private boolean remove(Entry entry) {
    if (entry.isGone()) {
      return false;
    }
    entry.gone();
    return index.remove(entry, () -> delete(entry.digest()));
  }

  private void delete(Digest digest) throws IOException {
    open.forget(digest);
    try {
      volume.delete(directory.blob(digest));
    } catch (IOException e) {
      meters.diskFailed("delete");
      throw e;
    }
  }
}
