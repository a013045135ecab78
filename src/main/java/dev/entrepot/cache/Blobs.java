package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The stored blobs: hands out those that are whole, drops those that are not. */
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
      Tuning tuning,
      IndexFile.Known known) {
    this.directory = directory;
    this.volume = volume;
    this.threads = threads;
    this.clock = clock;
    this.meters = meters;
    this.tuning = tuning;
    this.index = BlobIndex.read(directory, volume, known);
    this.open = new OpenFiles(directory, volume);
  }

  BlobIndex index() {
    return index;
  }

  OpenFiles open() {
    return open;
  }

  /**
   * What is stored of it.
   *
   * @param again where a reader gets the rest whose file turns out to be damaged
   */
  Mono<Optional<Content>> stored(Digest digest, StoredContent.Again again) {
    return Mono.defer(
        () ->
            index
                .find(digest)
                .map(entry -> threads.<Optional<StoredContent>>reading(() -> offer(entry, again)))
                .orElseGet(() -> Mono.just(Optional.empty()))
                .flatMap(content -> content.map(this::verified).orElseGet(this::none)));
  }

  /** Notes a use of a blob that was served without its file. */
  void used(Digest digest) {
    index.find(digest).ifPresent(entry -> entry.used(clock.instant()));
  }

  /** Gives a verified file its final name. */
  void commit(Digest digest, OpenFile file, Path fill) throws IOException {
    volume.force(file.channel());
    index.add(
        digest,
        () -> {
          Path blob = directory.blob(digest);
          volume.rename(fill, blob);
          open.adopt(digest, file);
          return Entry.stored(digest, looks(blob, file), clock.instant());
        });
  }

  private FileLooks looks(Path blob, OpenFile file) throws IOException {
    try {
      return volume.attributes(blob).orElseThrow(() -> new NoSuchFileException(blob.toString()));
    } catch (IOException e) {
      // It is looked at again, and verified, when it is asked for.
      log.debug("stored blob not looked at path={} reason={}", blob, e.toString());
      return new FileLooks(true, file.channel().size(), 0, 0);
    }
  }

  /** Drops a blob whose file is not what it should be; the next one who asks fetches it again. */
  void drop(Entry entry, String finding, String reason) {
    synchronized (entry) {
      if (!entry.isGone()) {
        log.warn(
            "stored blob dropped digest={} found={} reason={}", entry.digest(), finding, reason);
        meters.damaged(finding);
        remove(entry);
      }
    }
  }

  /** Drops a blob whose bytes are not what its digest says; who reads it gets no more of them. */
  void damaged(Entry entry, String finding, String reason) {
    synchronized (entry) {
      drop(entry, finding, reason);
      Progress read = entry.verification();
      if (read != null) {
        read.become(
            new Progress.State.Frozen(new Progress.State.Arriving(0), Hashed.none(entry.digest())));
      }
    }
  }

  /** A blob turned out to be what its digest says. */
  void holds(Entry entry) {
    synchronized (entry) {
      entry.verified(clock.instant());
    }
  }

  /** Whether a blob is what its digest says could not be found out. */
  void unverified(Entry entry) {
    synchronized (entry) {
      entry.unverified();
    }
  }

  /** Takes a blob away, whoever reads it; false if it was gone already. */
  boolean purge(Entry entry) {
    synchronized (entry) {
      return remove(entry);
    }
  }

  /** Takes a blob away unless somebody uses it; returns how many bytes that frees. */
  long evict(Entry entry, String cause) {
    synchronized (entry) {
      if (isInUse(entry) || !remove(entry)) {
        return 0;
      }
    }
    log.debug("blob evicted digest={} bytes={} cause={}", entry.digest(), entry.size(), cause);
    meters.evicted(cause, entry.size());
    return entry.size();
  }

  boolean isInUse(Entry entry) {
    synchronized (entry) {
      return open.isOpen(entry.digest()) || entry.isOffered(clock.instant());
    }
  }

  private Optional<StoredContent> offer(Entry entry, StoredContent.Again again) {
    synchronized (entry) {
      if (!isIntact(entry)) {
        return Optional.empty();
      }
      Instant now = clock.instant();
      entry.used(now);
      return Optional.of(
          new StoredContent(
              entry, entry.offer(now), verification(entry), again, this, threads, volume, tuning));
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
      Optional<FileLooks> found = volume.attributes(directory.blob(entry.digest()));
      if (found.isEmpty()) {
        drop(entry, "look", "file gone");
      } else if (!found.get().isRegularFile()) {
        drop(entry, "look", "no regular file");
      } else if (found.get().size() != entry.size()) {
        drop(entry, "look", "size is %d, not %d".formatted(found.get().size(), entry.size()));
      } else {
        entry.found(found.get());
        return true;
      }
    } catch (IOException e) {
      meters.diskFailed("read");
      drop(entry, "look", e.toString());
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
