package dev.entrepot.stock;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.manifest.Manifest;
import dev.entrepot.manifest.ManifestException;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads stored manifests for what images are made of. */
final class Trees {

  /** So many parts no image has, and they still fit into memory. */
  private static final int MOST_PARTS = 10_000;

  private final ContentCache cache;

  Trees(ContentCache cache) {
    this.cache = cache;
  }

  /** Fails with a {@link StockException} if that is more than anybody's image. */
  Mono<ImageTree.Node> read(Descriptor root) {
    return Mono.defer(() -> new Walk(root).read(root, Optional.empty(), 0));
  }

  /** One image's way down; what it lists twice it has once. */
  private final class Walk {

    private final Descriptor root;
    private final Map<Digest, Manifest> parsed = new HashMap<>();
    private int parts;

    Walk(Descriptor root) {
      this.root = root;
    }

    Mono<ImageTree.Node> read(Descriptor manifest, Optional<Platform> platform, int depth) {
      Manifest known = parsed.get(manifest.digest());
      if (known != null && depth <= Manifest.DEEPEST) {
        return beneath(manifest, known, platform, depth);
      }
      return cache
          .bytes(manifest.digest())
          .flatMap(
              bytes ->
                  bytes.isEmpty() || depth > Manifest.DEEPEST
                      ? Mono.just(node("image", manifest, platform, false, List.of()))
                      : beneath(manifest, parsed(manifest, bytes.get()), platform, depth));
    }

    private Mono<ImageTree.Node> beneath(
        Descriptor manifest, Manifest content, Optional<Platform> platform, int depth) {
      return switch (content) {
        case Manifest.Index index ->
            Flux.fromIterable(counted(index.children()))
                .concatMap(child -> read(child.descriptor(), child.platform(), depth + 1))
                .collectList()
                .map(children -> node(ImageTree.INDEX, manifest, platform, true, children));
        case Manifest.Image image -> {
          List<Descriptor> references = counted(image.references());
          yield stored(references)
              .map(stored -> node("image", manifest, platform, true, parts(image, stored)));
        }
      };
    }

    private <T> List<T> counted(List<T> listed) {
      List<T> distinct = listed.stream().distinct().toList();
      parts += distinct.size();
      if (parts > MOST_PARTS) {
        throw new StockException(
            "tried to read what %s is made of but it lists more than %d parts"
                .formatted(root.digest(), MOST_PARTS));
      }
      return distinct;
    }

    private Manifest parsed(Descriptor manifest, byte[] bytes) {
      try {
        Manifest content = Manifest.parse(bytes);
        parsed.put(manifest.digest(), content);
        return content;
      } catch (ManifestException e) {
        throw new StockException(
            "tried to read manifest %s but %s".formatted(manifest.digest(), e.getMessage()));
      }
    }
  }

  private static List<ImageTree.Node> parts(Manifest.Image image, Set<Digest> stored) {
    return image.references().stream()
        .distinct()
        .map(
            part ->
                node(
                    part.equals(image.config()) ? "config" : "layer",
                    part,
                    Optional.empty(),
                    stored.contains(part.digest()),
                    List.of()))
        .toList();
  }

  private Mono<Set<Digest>> stored(List<Descriptor> parts) {
    return cache
        .inventory()
        .stored(parts.stream().map(Descriptor::digest).toList())
        .map(Map::keySet);
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
