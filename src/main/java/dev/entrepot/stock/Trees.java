package dev.entrepot.stock;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.manifest.Manifest;
import dev.entrepot.manifest.ManifestException;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads stored manifests for what images are made of. */
final class Trees {

  /** An index lists images; deeper than this nobody nests. */
  private static final int DEEPEST = 4;

  private final ContentCache cache;

  Trees(ContentCache cache) {
    this.cache = cache;
  }

  Mono<ImageTree.Node> read(Descriptor root) {
    return read(root, Optional.empty(), 0);
  }

  private Mono<ImageTree.Node> read(Descriptor manifest, Optional<Platform> platform, int depth) {
    return cache
        .bytes(manifest.digest())
        .flatMap(
            bytes ->
                bytes.isEmpty() || depth > DEEPEST
                    ? Mono.just(node("image", manifest, platform, false, List.of()))
                    : beneath(manifest, bytes.get(), platform, depth));
  }

  private Mono<ImageTree.Node> beneath(
      Descriptor manifest, byte[] bytes, Optional<Platform> platform, int depth) {
    return switch (parsed(manifest, bytes)) {
      case Manifest.Index index ->
          Flux.fromIterable(index.children())
              .concatMap(child -> read(child.descriptor(), child.platform(), depth + 1))
              .collectList()
              .map(children -> node(ImageTree.INDEX, manifest, platform, true, children));
      case Manifest.Image image ->
          stored(image.references())
              .map(
                  stored -> {
                    List<ImageTree.Node> parts =
                        image.references().stream()
                            .map(
                                part ->
                                    node(
                                        part.equals(image.config()) ? "config" : "layer",
                                        part,
                                        Optional.empty(),
                                        stored.contains(part.digest()),
                                        List.of()))
                            .toList();
                    return node("image", manifest, platform, true, parts);
                  });
    };
  }

  private Mono<Set<Digest>> stored(List<Descriptor> parts) {
    return cache.inventory().stored(parts.stream().map(Descriptor::digest).toList());
  }

  private static Manifest parsed(Descriptor manifest, byte[] bytes) {
    try {
      return Manifest.parse(bytes);
    } catch (ManifestException e) {
      throw new StockException(
          "tried to read manifest %s but %s".formatted(manifest.digest(), e.getMessage()));
    }
  }

  private static ImageTree.Node node(
      String kind,
      Descriptor descriptor,
      Optional<Platform> platform,
      boolean stored,
      List<ImageTree.Node> children) {
    return new ImageTree.Node(
        kind,
        descriptor.digest().toString(),
        descriptor.mediaType(),
        descriptor.size(),
        platform.map(Platform::toString).orElse(null),
        stored,
        children);
  }
}
