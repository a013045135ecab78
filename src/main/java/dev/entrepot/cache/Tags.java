package dev.entrepot.cache;

import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiConsumer;
import reactor.core.publisher.Mono;

/** What each repository's tags pointed at when its upstream was last asked. */
public final class Tags {

  private final Records<Key, TagFile> records;
  private final CacheDirectory directory;

  Tags(CacheDirectory directory, RecordsFactory factory) {
    this.records = factory.of(TagFile.class, (Key key, TagFile file) -> file.isAbout(key.tag()));
    this.directory = directory;
  }

  /** What the tag pointed at. */
  public Mono<Optional<TagRecord>> find(RepositoryAddress address, Tag tag) {
    return records
        .find(new Key(address, tag), directory.tag(address, tag))
        .map(found -> found.map(TagFile::record));
  }

  /** Like {@link #find}, as far as it is in memory; never blocks. */
  public Optional<TagRecord> known(RepositoryAddress address, Tag tag) {
    return records.known(new Key(address, tag)).map(TagFile::record);
  }

  /**
   * Upstream said what the tag points at. Counts at once, and the disk follows. Never fails: a
   * disk's trouble is not a pull's.
   */
  public Mono<Void> put(RepositoryAddress address, Tag tag, TagRecord record) {
    return records.put(new Key(address, tag), directory.tag(address, tag), TagFile.of(tag, record));
  }

  /** Upstream has no such tag, or not for us. Never fails. */
  public Mono<Void> remove(RepositoryAddress address, Tag tag) {
    return records.remove(new Key(address, tag), directory.tag(address, tag));
  }

  /** Like {@link #find}, at once; blocks. */
  Optional<TagRecord> look(RepositoryAddress address, Tag tag) {
    return records.look(new Key(address, tag), directory.tag(address, tag)).map(TagFile::record);
  }

  /** Tags that are not on disk yet. */
  void forEachUnwritten(BiConsumer<RepositoryAddress, Tag> sighting) {
    records
        .unwritten()
        .forEach(
            (key, file) -> {
              if (file.isPresent()) {
                sighting.accept(key.address(), key.tag());
              }
            });
  }

  private record Key(RepositoryAddress address, Tag tag) {}

  /** A tag as it is on disk. */
  record TagFile(String tag, Link target, Instant checked) {

    static TagFile of(Tag tag, TagRecord record) {
      return new TagFile(tag.value(), Link.to(record.descriptor()), record.checked());
    }

    boolean isAbout(Tag wanted) {
      return wanted.value().equals(tag) && target != null && checked != null && target.isWhole();
    }

    TagRecord record() {
      return new TagRecord(target.descriptor(), checked);
    }
  }
}
