package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The images that are never evicted, with all that they need. A pinned tag pins what it points at
 * now, and moves when the tag does.
 */
public final class Pins {

  private final ConcurrentMap<Key, PinFile> pinned = new ConcurrentHashMap<>();
  private final Records<Key, PinFile> records;
  private final CacheDirectory directory;
  private final Tags tags;
  private final Images images;
  private final DiskThreads threads;
  private final InstantSource clock;
  private volatile Set<Digest> lastKept = Set.of();

  /** Reads what is pinned; blocks. */
  Pins(
      CacheDirectory directory,
      RecordsFactory factory,
      Repositories repositories,
      Tags tags,
      Images images,
      DiskThreads threads,
      InstantSource clock) {
    this.records =
        factory.of(PinFile.class, (Key key, PinFile file) -> file.isAbout(key.reference()));
    this.directory = directory;
    this.tags = tags;
    this.images = images;
    this.threads = threads;
    this.clock = clock;
    for (RepositoryAddress address : repositories.all()) {
      repositories.pins(address).forEach(reference -> load(new Key(address, reference)));
    }
    kept();
  }

  /**
   * Keeps this image from now on; it need not be stored yet. Counts at once, and the disk follows.
   */
  public Mono<Void> pin(RepositoryAddress address, Reference reference) {
    return threads
        .writing(
            () -> {
              Key key = new Key(address, reference);
              PinFile file = PinFile.of(reference, pointedAt(key).orElse(null), clock.instant());
              pinned.put(key, file);
              kept();
              return file;
            })
        .flatMap(
            file -> {
              Key key = new Key(address, reference);
              return records.put(key, file(key), file);
            });
  }

  /** Leaves it to eviction again; false if it was not pinned. */
  public Mono<Boolean> unpin(RepositoryAddress address, Reference reference) {
    return Mono.defer(
        () -> {
          Key key = new Key(address, reference);
          boolean wasPinned = pinned.remove(key) != null;
          if (!wasPinned) {
            return Mono.just(false);
          }
          threads.write(this::kept);
          return records.remove(key, file(key)).thenReturn(true);
        });
  }

  /** Everything that is pinned, in order. */
  public Flux<Pin> all() {
    return Flux.defer(
            () ->
                Flux.fromIterable(
                    pinned.keySet().stream().sorted(Comparator.comparing(Key::toString)).toList()))
        .concatMap(key -> threads.reading(() -> pin(key)));
  }

  /** What a pin is on. */
  public record Pin(
      RepositoryAddress address, Reference reference, Optional<Digest> target, Instant since) {}

  /** Every digest that is to stay; blocks. */
  Set<Digest> kept() {
    Set<Digest> kept = images.closure(targets(pinned.keySet()));
    lastKept = kept;
    return kept;
  }

  /** Stored bytes of what was last known to be pinned; does not block. */
  long bytes(BlobIndex index) {
    return lastKept.stream()
        .flatMap(digest -> index.find(digest).stream())
        .mapToLong(Entry::size)
        .sum();
  }

  /** Whether this repository's pins are on this manifest; blocks. */
  boolean isPinned(RepositoryAddress address, Digest manifest) {
    return targets(pinned.keySet().stream().filter(key -> key.address().equals(address)).toList())
        .contains(manifest);
  }

  private Set<Digest> targets(Collection<Key> keys) {
    return keys.stream().flatMap(key -> target(key).stream()).collect(Collectors.toSet());
  }

  private Pin pin(Key key) {
    PinFile file = pinned.get(key);
    return new Pin(
        key.address(), key.reference(), target(key), file == null ? Instant.EPOCH : file.since());
  }

  /** What it points at now, or, for a tag that upstream has lost, pointed at last. */
  private Optional<Digest> target(Key key) {
    PinFile file = pinned.get(key);
    Optional<Digest> last = file == null ? Optional.empty() : file.lastTarget();
    Optional<Digest> now = pointedAt(key);
    if (file != null && now.isPresent() && !now.equals(last)) {
      moved(key, file, now.get());
    }
    return now.or(() -> last);
  }

  private void moved(Key key, PinFile file, Digest target) {
    PinFile next = PinFile.of(key.reference(), target, file.since());
    if (pinned.replace(key, file, next)) {
      // Counts at once, and nobody waits for the disk.
      records.put(key, file(key), next).subscribe();
    }
  }

  private Optional<Digest> pointedAt(Key key) {
    return switch (key.reference()) {
      case Digest digest -> Optional.of(digest);
      case Tag tag -> tags.look(key.address(), tag).map(record -> record.descriptor().digest());
    };
  }

  private void load(Key key) {
    records.look(key, file(key)).ifPresent(file -> pinned.put(key, file));
  }

  private Path file(Key key) {
    return directory.pin(key.address(), key.reference());
  }

  private record Key(RepositoryAddress address, Reference reference) {

    @Override
    public String toString() {
      return address + " " + reference;
    }
  }

  /** A pin as it is on disk, where anything may be found. */
  record PinFile(String reference, @Nullable String target, Instant since) {

    static PinFile of(Reference reference, @Nullable Digest target, Instant since) {
      return new PinFile(reference.toString(), target == null ? null : target.toString(), since);
    }

    boolean isAbout(Reference wanted) {
      return wanted.toString().equals(reference) && since != null;
    }

    Optional<Digest> lastTarget() {
      return Optional.ofNullable(target).flatMap(Digest::tryParse);
    }
  }
}
