package dev.entrepot.cache;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the cache holds, for those who look after it. */
public final class Inventory {

  private final Repositories repositories;
  private final Links links;
  private final Tags tags;
  private final Pins pins;
  private final Images images;
  private final Blobs blobs;
  private final DiskThreads threads;

  Inventory(
      Repositories repositories,
      Links links,
      Tags tags,
      Pins pins,
      Images images,
      Blobs blobs,
      DiskThreads threads) {
    this.repositories = repositories;
    this.links = links;
    this.tags = tags;
    this.pins = pins;
    this.images = images;
    this.blobs = blobs;
    this.threads = threads;
  }

  /** All content there is, whoever needs it. */
  public Mono<Totals> totals() {
    return threads.reading(
        () -> {
          Set<Digest> kept = pins.kept();
          return new Totals(blobs.index().bytes(), blobs.index().count(), bytes(kept), kept.size());
        });
  }

  /** The repositories that hold, or held, anything; in order. */
  public Flux<RepositoryAddress> repositories() {
    return threads.reading(repositories::all).flatMapIterable(all -> all);
  }

  /** What one repository holds; nothing of one that was never pulled from. */
  public Mono<Stock> stock(RepositoryAddress address) {
    return threads.reading(() -> look(address));
  }

  /** One image of a repository; empty if no such tag or manifest is known there. */
  public Mono<Image> image(RepositoryAddress address, Reference reference) {
    return stock(address)
        .flatMap(
            stock ->
                Mono.justOrEmpty(
                    stock.images().stream().filter(image -> image.isNamed(reference)).findFirst()));
  }

  /** The sizes of those that are stored, by what is known without looking at their files. */
  public Mono<Map<Digest, Long>> stored(Collection<Digest> digests) {
    return Mono.fromSupplier(
        () ->
            digests.stream()
                .distinct()
                .flatMap(digest -> blobs.index().find(digest).stream())
                .collect(Collectors.toMap(Entry::digest, Entry::size)));
  }

  private Stock look(RepositoryAddress address) {
    Map<Tag, TagRecord> pointers = new LinkedHashMap<>();
    for (Tag tag : repositories.tags(address)) {
      tags.look(address, tag).ifPresent(record -> pointers.put(tag, record));
    }
    Set<Digest> kept = pins.kept();
    List<Image> manifests =
        descriptors(address, Links.Kind.MANIFEST).stream()
            .map(descriptor -> image(address, descriptor, pointers, kept))
            .toList();
    List<Item> contents =
        descriptors(address, Links.Kind.BLOB).stream()
            .map(descriptor -> item(descriptor.digest(), descriptor.size(), kept))
            .toList();
    return new Stock(address, Map.copyOf(pointers), manifests, contents);
  }

  private Image image(
      RepositoryAddress address,
      Descriptor descriptor,
      Map<Tag, TagRecord> pointers,
      Set<Digest> kept) {
    List<Tag> named =
        pointers.entrySet().stream()
            .filter(pointer -> isAbout(pointer.getValue(), descriptor))
            .map(Map.Entry::getKey)
            .toList();
    List<Item> items =
        images.closure(List.of(descriptor.digest())).stream()
            .map(digest -> item(digest, 0, kept))
            .toList();
    return new Image(descriptor, named, items, pins.isPinned(address, descriptor.digest()));
  }

  private static boolean isAbout(TagRecord pointer, Descriptor descriptor) {
    return pointer.descriptor().digest().equals(descriptor.digest());
  }

  private Item item(Digest digest, long announced, Set<Digest> kept) {
    return blobs
        .index()
        .find(digest)
        .map(
            entry ->
                new Item(
                    digest,
                    entry.size(),
                    true,
                    Optional.of(entry.lastUse()),
                    kept.contains(digest)))
        .orElseGet(
            () -> new Item(digest, announced, false, Optional.empty(), kept.contains(digest)));
  }

  private List<Descriptor> descriptors(RepositoryAddress address, Links.Kind kind) {
    return repositories.links(address, kind).stream()
        .flatMap(digest -> links.look(address, kind, digest).stream())
        .toList();
  }

  private long bytes(Set<Digest> digests) {
    return digests.stream()
        .flatMap(digest -> blobs.index().find(digest).stream())
        .mapToLong(Entry::size)
        .sum();
  }

  /**
   * Everything that is stored, each content counted once.
   *
   * @param count how many manifests and blobs
   * @param pinnedBytes of what pinned images need
   * @param pinnedCount of manifests and blobs that pinned images need, stored or not
   */
  public record Totals(long bytes, long count, long pinnedBytes, long pinnedCount) {}

  /**
   * What one repository holds.
   *
   * @param images its manifests and indexes
   * @param blobs its configurations and layers
   */
  public record Stock(
      RepositoryAddress address, Map<Tag, TagRecord> tags, List<Image> images, List<Item> blobs) {

    /** Stored bytes, each content counted once. */
    public long bytes() {
      Map<Digest, Long> sizes = new LinkedHashMap<>();
      blobs.stream().filter(Item::isStored).forEach(item -> sizes.put(item.digest(), item.size()));
      images.stream()
          .flatMap(image -> image.content().stream())
          .filter(Item::isStored)
          .forEach(item -> sizes.put(item.digest(), item.size()));
      return sizes.values().stream().mapToLong(size -> size).sum();
    }
  }

  /**
   * A manifest or an index.
   *
   * @param tags that point at it
   * @param content itself and all that it is known to need, once each
   * @param isPinned whether it is pinned itself, not as a part of another
   */
  public record Image(Descriptor descriptor, List<Tag> tags, List<Item> content, boolean isPinned) {

    /** Stored bytes; what it shares with other images counts for each of them. */
    public long bytes() {
      return content.stream().filter(Item::isStored).mapToLong(Item::size).sum();
    }

    /** When the most lately used of its content was used. */
    public Optional<Instant> lastUse() {
      return content.stream()
          .flatMap(item -> item.lastUse().stream())
          .max(Comparator.naturalOrder());
    }

    boolean isNamed(Reference reference) {
      return switch (reference) {
        case Tag tag -> tags.contains(tag);
        case Digest digest -> descriptor.digest().equals(digest);
      };
    }
  }

  /**
   * One piece of content.
   *
   * @param size in bytes; 0 if it is neither stored nor announced
   * @param isPinned whether a pinned image needs it
   */
  public record Item(
      Digest digest, long size, boolean isStored, Optional<Instant> lastUse, boolean isPinned) {}
}
