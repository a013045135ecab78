package dev.entrepot.stock;

import dev.entrepot.cache.CacheException;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.cache.Inventory;
import dev.entrepot.cache.Links;
import dev.entrepot.cache.Purge;
import dev.entrepot.cache.TagRecord;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The stock of a cache that this process has open. */
public final class LocalStock implements Stock {

  private static final String BLOB = "application/octet-stream";

  private final ContentCache cache;
  private final Addresses addresses;
  private final InstantSource clock;
  private final Trees trees;

  /** Looks after this cache, which whoever opened it closes. */
  public LocalStock(ContentCache cache, Addresses addresses, InstantSource clock) {
    this.cache = cache;
    this.addresses = addresses;
    this.clock = clock;
    this.trees = new Trees(cache);
  }

  @Override
  public Mono<Totals> totals() {
    return cache
        .inventory()
        .totals()
        .map(
            totals ->
                new Totals(
                    cache.directory().toString(),
                    totals.bytes(),
                    totals.count(),
                    totals.pinnedBytes()));
  }

  @Override
  public Flux<StockedImage> images() {
    return cache
        .inventory()
        .repositories()
        .concatMap(cache.inventory()::stock)
        .concatMapIterable(LocalStock::listed);
  }

  private static List<StockedImage> listed(Inventory.Stock stock) {
    Set<Digest> parts = new HashSet<>();
    for (Inventory.Image image : stock.images()) {
      image.content().stream()
          .map(Inventory.Item::digest)
          .filter(digest -> !digest.equals(image.descriptor().digest()))
          .forEach(parts::add);
    }
    return stock.images().stream()
        .filter(image -> image.bytes() > 0 || image.isPinned())
        .flatMap(
            image -> {
              Digest digest = image.descriptor().digest();
              if (!image.tags().isEmpty()) {
                return image.tags().stream().map(tag -> listed(stock.address() + ":" + tag, image));
              }
              return parts.contains(digest)
                  ? Stream.empty()
                  : Stream.of(listed(stock.address() + "@" + digest, image));
            })
        .toList();
  }

  private static StockedImage listed(String name, Inventory.Image image) {
    return new StockedImage(
        name,
        image.descriptor().digest().toString(),
        image.descriptor().mediaType(),
        image.bytes(),
        image.lastUse().orElse(null),
        image.isPinned());
  }

  @Override
  public Mono<ImageTree> show(ImageReference image) {
    return known(image)
        .flatMap(
            found ->
                trees
                    .read(found.descriptor())
                    .map(
                        root ->
                            new ImageTree(
                                image.toString(),
                                found.tags().stream().map(Tag::value).toList(),
                                found.isPinned(),
                                found.lastUse().map(Instant::toString).orElse(null),
                                root)));
  }

  private Mono<Inventory.Image> known(ImageReference image) {
    return cache
        .inventory()
        .image(addresses.of(image), image.reference())
        .switchIfEmpty(Mono.error(() -> new StockException("the cache does not hold " + image)));
  }

  @Override
  public Mono<ContentUse> show(Digest digest) {
    return cache
        .inventory()
        .repositories()
        .concatMap(cache.inventory()::stock)
        .collectList()
        .map(all -> use(digest, all))
        .flatMap(
            use ->
                use.stored() || !use.repositories().isEmpty()
                    ? Mono.just(use)
                    : Mono.error(new StockException("the cache does not hold " + digest)));
  }

  private static ContentUse use(Digest digest, List<Inventory.Stock> all) {
    List<Inventory.Item> seen =
        all.stream()
            .flatMap(
                stock ->
                    Stream.concat(
                        stock.blobs().stream(),
                        stock.images().stream().flatMap(image -> image.content().stream())))
            .filter(item -> item.digest().equals(digest))
            .toList();
    List<String> repositories =
        all.stream()
            .filter(
                stock ->
                    stock.blobs().stream().anyMatch(item -> item.digest().equals(digest))
                        || stock.images().stream()
                            .anyMatch(image -> image.descriptor().digest().equals(digest)))
            .map(stock -> stock.address().toString())
            .toList();
    List<String> images =
        all.stream()
            .flatMap(
                stock ->
                    stock.images().stream()
                        .filter(image -> needs(image, digest))
                        .flatMap(image -> names(stock.address(), image)))
            .distinct()
            .toList();
    return new ContentUse(
        digest.toString(),
        seen.stream().mapToLong(Inventory.Item::size).max().orElse(0),
        seen.stream().anyMatch(Inventory.Item::isStored),
        repositories,
        images);
  }

  private static boolean needs(Inventory.Image image, Digest digest) {
    return image.content().stream().anyMatch(item -> item.digest().equals(digest));
  }

  private static Stream<String> names(RepositoryAddress address, Inventory.Image image) {
    return image.tags().isEmpty()
        ? Stream.of(address + "@" + image.descriptor().digest())
        : image.tags().stream().map(tag -> address + ":" + tag);
  }

  @Override
  public Mono<Purge.Purged> purge(PurgeTarget target, boolean rehearsal) {
    Purge purge = rehearsal ? cache.purge().rehearsal() : cache.purge();
    return switch (target) {
      case PurgeTarget.OneImage(ImageReference image) ->
          known(image).flatMap(_ -> purge.image(addresses.of(image), image.reference()));
      case PurgeTarget.WholeRepository(ImageReference image) ->
          purge.repository(addresses.of(image));
      case PurgeTarget.Content(Digest digest) -> purge.content(digest);
      case PurgeTarget.Everything _ -> purge.everything();
    };
  }

  @Override
  public Mono<Void> pin(ImageReference image) {
    return cache.pins().pin(addresses.of(image), image.reference());
  }

  @Override
  public Mono<Boolean> unpin(ImageReference image) {
    return cache.pins().unpin(addresses.of(image), image.reference());
  }

  @Override
  public Flux<VerifyReport> verify(Optional<ImageReference> image) {
    return image
        .map(
            one ->
                known(one)
                    .flatMapMany(_ -> cache.recheck().image(addresses.of(one), one.reference())))
        .orElseGet(cache.recheck()::all)
        .map(VerifyReport::of);
  }

  @Override
  public Mono<List<Digest>> missing(Collection<Digest> digests) {
    return cache
        .inventory()
        .stored(digests)
        .map(stored -> digests.stream().filter(digest -> !stored.containsKey(digest)).toList());
  }

  @Override
  public Mono<Void> take(Digest digest, long size, Opening bytes) {
    return take(digest, size, Streams.buffers(bytes).subscribeOn(Schedulers.boundedElastic()));
  }

  /** Like the other, of bytes that come by themselves; they are released. */
  public Mono<Void> take(Digest digest, long size, Flux<ByteBuf> bytes) {
    return cache
        .take(digest, size, bytes)
        .onErrorMap(CacheException.class, e -> new StockException(String.valueOf(e.getMessage())));
  }

  @Override
  public Mono<ImageTree> admit(ImageReference image, Descriptor root, boolean pinned) {
    RepositoryAddress address = addresses.served(image);
    if (image.reference() instanceof Digest digest && !digest.equals(root.digest())) {
      throw new StockException(
          "tried to import %s but the image's digest is %s".formatted(image, root.digest()));
    }
    return trees
        .read(root)
        .filter(ImageTree.Node::isWhole)
        .switchIfEmpty(
            Mono.error(
                () ->
                    new StockException(
                        "tried to import %s but the cache does not hold all of it; it may be too small, see entrepot.cache.max-size"
                            .formatted(image))))
        .flatMap(
            tree ->
                new Announced(cache, image)
                    .check(tree.usable().toList())
                    .thenMany(Flux.fromIterable(tree.usable().toList()))
                    .concatMap(node -> prove(address, node))
                    .then(named(address, image, root))
                    .then(pinned ? pin(image) : Mono.empty())
                    .then(Mono.defer(() -> show(image))));
  }

  private Mono<Void> prove(RepositoryAddress address, ImageTree.Node node) {
    Digest digest = Digest.parse(node.digest());
    return switch (node.kind()) {
      case "config", "layer" ->
          cache.links().prove(address, Links.Kind.BLOB, new Descriptor(BLOB, digest, node.size()));
      default ->
          cache
              .links()
              .prove(
                  address,
                  Links.Kind.MANIFEST,
                  new Descriptor(node.mediaType(), digest, node.size()));
    };
  }

  private Mono<Void> named(RepositoryAddress address, ImageReference image, Descriptor root) {
    return image.reference() instanceof Tag tag
        ? cache.tags().put(address, tag, new TagRecord(root, clock.instant()))
        : Mono.empty();
  }

  @Override
  public void close() {}
}
