package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which content goes first. A blob belongs to the most recently used image that needs it, and an
 * image is as recently used as anything that belongs to it. The images go one after the other, of
 * each the layers first and what is small last.
 */
final class EvictionOrder {

  private static final int LAYER = 0;
  private static final int CONFIG = 1;
  private static final int MANIFEST = 2;
  private static final int INDEX = 3;

  /** Indexes of indexes are rare, and deeper ones unheard of. */
  private static final int DEPTH = 3;

  private final Map<Digest, Needs> images;
  // Times change meanwhile, and a sort wants them not to.
  private final Map<Digest, Instant> uses;
  private final Map<Digest, Instant> imageUses = new HashMap<>();
  private final Map<Digest, Digest> owners = new HashMap<>();

  private EvictionOrder(Collection<Entry> entries, Map<Digest, Needs> images) {
    this.images = images;
    this.uses = HashMap.newHashMap(entries.size());
    entries.forEach(entry -> uses.put(entry.digest(), entry.recency()));
  }

  /**
   * The entries, first to go first.
   *
   * @param images what manifests and indexes among them need
   */
  static List<Entry> of(Collection<Entry> entries, Map<Digest, Needs> images) {
    EvictionOrder order = new EvictionOrder(entries, images);
    order.useImages();
    order.findOwners();
    return order.sorted(entries);
  }

  /** A use of an index uses its manifests. */
  private void useImages() {
    images.keySet().forEach(image -> latest(image, uses.get(image)));
    for (int i = 0; i < DEPTH; i++) {
      images.forEach(
          (image, needs) ->
              needs.manifests().stream()
                  .filter(images::containsKey)
                  .forEach(manifest -> latest(manifest, imageUses.get(image))));
    }
  }

  private void findOwners() {
    images.forEach(
        (image, needs) -> {
          needs.layers().forEach(blob -> owners.merge(blob, image, this::moreRecent));
          needs.configs().forEach(blob -> owners.merge(blob, image, this::moreRecent));
        });
    // Only now: an image that is used for a shared layer alone does not own the others more.
    owners.forEach((blob, owner) -> latest(owner, uses.get(blob)));
    for (int i = 0; i < DEPTH; i++) {
      images.forEach(
          (image, needs) ->
              needs.manifests().stream()
                  .filter(images::containsKey)
                  .reduce(this::moreRecent)
                  .ifPresent(
                      last -> {
                        owners.put(image, owners.getOrDefault(last, last));
                        latest(image, imageUses.get(last));
                      }));
    }
  }

  private List<Entry> sorted(Collection<Entry> entries) {
    record Place(Entry entry, Instant use, String image, int rank) {}
    return entries.stream()
        // Stored since.
        .filter(entry -> uses.containsKey(entry.digest()))
        .map(
            entry -> {
              Digest digest = entry.digest();
              Digest image = owners.getOrDefault(digest, digest);
              Instant use = imageUses.getOrDefault(image, uses.getOrDefault(digest, Instant.EPOCH));
              return new Place(entry, use, image.toString(), rank(digest, image));
            })
        .sorted(
            Comparator.comparing(Place::use)
                .thenComparing(Place::image)
                .thenComparingInt(Place::rank))
        .map(Place::entry)
        .toList();
  }

  private int rank(Digest digest, Digest image) {
    Needs own = images.get(digest);
    if (own != null) {
      return own.isIndex() ? INDEX : MANIFEST;
    }
    Needs needs = images.get(image);
    return needs != null && needs.configs().contains(digest) ? CONFIG : LAYER;
  }

  private void latest(Digest image, @Nullable Instant use) {
    if (use != null) {
      imageUses.merge(image, use, (one, other) -> one.isAfter(other) ? one : other);
    }
  }

  private Digest moreRecent(Digest one, Digest other) {
    int order =
        Comparator.comparing((Digest image) -> imageUses.getOrDefault(image, Instant.EPOCH))
            .thenComparing(Digest::toString)
            .compare(one, other);
    return order >= 0 ? one : other;
  }
}
