package dev.entrepot.stock;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.manifest.Manifest;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Holds what is said of an image's parts against what is stored: links repeat it to clients. */
final class Announced {

  private final ContentCache cache;
  private final ImageReference image;

  Announced(ContentCache cache, ImageReference image) {
    this.cache = cache;
    this.image = image;
  }

  /** Fails with a {@link StockException} if anything is not as it is said to be. */
  Mono<Void> check(List<ImageTree.Node> parts) {
    return cache
        .inventory()
        .stored(parts.stream().map(Announced::digest).toList())
        .flatMap(sizes -> Flux.fromIterable(parts).concatMap(part -> check(part, sizes)).then());
  }

  private Mono<Void> check(ImageTree.Node part, Map<Digest, Long> sizes) {
    return switch (part.kind()) {
      case "config", "layer" -> ofSize(part, sizes.getOrDefault(digest(part), 0L));
      default ->
          cache
              .bytes(digest(part))
              .flatMap(
                  bytes ->
                      ofSize(part, bytes.map(all -> all.length).orElse(0))
                          .then(ofType(part, bytes.flatMap(Manifest::mediaType))));
    };
  }

  private Mono<Void> ofSize(ImageTree.Node part, long size) {
    return size == part.size()
        ? Mono.empty()
        : refused(part, "has %d bytes where %d are announced".formatted(size, part.size()));
  }

  private Mono<Void> ofType(ImageTree.Node part, Optional<String> own) {
    boolean holds =
        own.orElse(part.mediaType()).equals(part.mediaType())
            && Manifest.isIndex(part.mediaType()) == part.kind().equals(ImageTree.INDEX);
    return holds
        ? Mono.empty()
        : refused(part, "is not the %s it is announced as".formatted(part.mediaType()));
  }

  private Mono<Void> refused(ImageTree.Node part, String reason) {
    return Mono.error(
        () ->
            new StockException(
                "tried to import %s but its %s %s".formatted(image, part.digest(), reason)));
  }

  private static Digest digest(ImageTree.Node part) {
    return Digest.parse(part.digest());
  }
}
