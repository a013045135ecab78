package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Looks through all links and tags: drops those whose content is long gone, and learns what the
 * manifests among them need.
 */
final class Sweep {

  private static final Logger log = LoggerFactory.getLogger(Sweep.class);

  /** For how long what points at nothing is kept. */
  private static final Duration PATIENCE = Duration.ofDays(30);

  /** What a small file takes on most disks. */
  private static final long BLOCK = 4096;

  private final Repositories repositories;
  private final CacheDirectory directory;
  private final Volume volume;
  private final Links links;
  private final Tags tags;
  private final Pins pins;
  private final Images images;
  private final BlobIndex index;
  private final InstantSource clock;
  private final DiskThreads threads;
  private volatile long bytes;

  Sweep(
      Repositories repositories,
      CacheDirectory directory,
      Volume volume,
      Links links,
      Tags tags,
      Pins pins,
      Images images,
      BlobIndex index,
      InstantSource clock,
      DiskThreads threads) {
    this.repositories = repositories;
    this.directory = directory;
    this.volume = volume;
    this.links = links;
    this.tags = tags;
    this.pins = pins;
    this.images = images;
    this.index = index;
    this.clock = clock;
    this.threads = threads;
  }

  /** What links and tags take on disk, as of the last time. */
  long bytes() {
    return bytes;
  }

  /** Blocks. */
  void run() {
    long files = 0;
    int swept = 0;
    Set<Digest> kept = pins.kept();
    for (RepositoryAddress address : repositories.all()) {
      if (threads.isClosed()) {
        return;
      }
      for (Links.Kind kind : Links.Kind.values()) {
        for (Digest digest : repositories.links(address, kind)) {
          files++;
          if (index.find(digest).isPresent()) {
            learn(kind, digest);
          } else if (!kept.contains(digest) && isOld(directory.link(address, kind, digest))) {
            run(links.revoke(address, kind, digest));
            swept++;
          }
        }
      }
      for (Tag tag : repositories.tags(address)) {
        files++;
        if (isLost(address, tag, kept)) {
          run(tags.remove(address, tag));
          swept++;
        }
      }
    }
    bytes = (files - swept) * BLOCK;
    if (swept > 0) {
      log.info("links without content swept count={} left={}", swept, files - swept);
    }
  }

  private void learn(Links.Kind kind, Digest digest) {
    if (kind == Links.Kind.MANIFEST) {
      images.needs(digest);
    }
  }

  private boolean isLost(RepositoryAddress address, Tag tag, Set<Digest> kept) {
    return tags.look(address, tag)
        .filter(record -> isOld(record.checked()))
        .map(record -> record.descriptor().digest())
        .filter(digest -> index.find(digest).isEmpty() && !kept.contains(digest))
        .isPresent();
  }

  private boolean isOld(Path file) {
    try {
      return volume.attributes(file).filter(looks -> isOld(looks.lastModified())).isPresent();
    } catch (IOException e) {
      log.debug("link not looked at file={} reason={}", file, e.toString());
      return false;
    }
  }

  private boolean isOld(Instant time) {
    return time.plus(PATIENCE).isBefore(clock.instant());
  }

  /** These count at once, and nobody waits for the disk. */
  private static void run(Mono<Void> change) {
    change.subscribe();
  }
}
