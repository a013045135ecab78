package dev.entrepot.cache;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RepositoryAddress;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * What each repository is known to hold, because its upstream once said so: the only thing that
 * makes stored content visible. A link may outlive the content it is about, and come before it.
 */
public final class Links {

  private final Records<Key, Link> records;
  private final CacheDirectory directory;

  Links(CacheDirectory directory, RecordsFactory factory) {
    this.records = factory.of(Link.class, (Key key, Link link) -> link.isAbout(key.digest()));
    this.directory = directory;
  }

  /** Whether a digest is a manifest's or a blob's: upstream is asked in different places. */
  public enum Kind {
    MANIFEST,
    BLOB
  }

  /** What the repository's upstream said of this content. */
  public Mono<Optional<Descriptor>> find(RepositoryAddress address, Kind kind, Digest digest) {
    return records
        .find(new Key(address, kind, digest), directory.link(address, kind, digest))
        .map(found -> found.map(Link::descriptor));
  }

  /** Like {@link #find}, as far as it is in memory; never blocks. */
  public Optional<Descriptor> known(RepositoryAddress address, Kind kind, Digest digest) {
    return records.known(new Key(address, kind, digest)).map(Link::descriptor);
  }

  /**
   * The repository's upstream has this content. Counts at once, and the disk follows. Never fails:
   * a disk's trouble is not a pull's.
   */
  public Mono<Void> prove(RepositoryAddress address, Kind kind, Descriptor descriptor) {
    Digest digest = descriptor.digest();
    return records.put(
        new Key(address, kind, digest), directory.link(address, kind, digest), Link.to(descriptor));
  }

  /** The repository's upstream does not have this content, or not for us. Never fails. */
  public Mono<Void> revoke(RepositoryAddress address, Kind kind, Digest digest) {
    return records.remove(new Key(address, kind, digest), directory.link(address, kind, digest));
  }

  /** Like {@link #find}, at once; blocks. */
  Optional<Descriptor> look(RepositoryAddress address, Kind kind, Digest digest) {
    return records
        .look(new Key(address, kind, digest), directory.link(address, kind, digest))
        .map(Link::descriptor);
  }

  /** Links that are not on disk yet. */
  void forEachUnwritten(Sighting sighting) {
    records
        .unwritten()
        .forEach(
            (key, link) -> {
              if (link.isPresent()) {
                sighting.of(key.address(), key.kind(), key.digest());
              }
            });
  }

  /** Told of a link. */
  interface Sighting {

    void of(RepositoryAddress address, Kind kind, Digest digest);
  }

  private record Key(RepositoryAddress address, Kind kind, Digest digest) {}
}
