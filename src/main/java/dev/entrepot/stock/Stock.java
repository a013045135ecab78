package dev.entrepot.stock;

import dev.entrepot.cache.Purge;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What the entrepôt holds, opened by this process or behind a running server's admin API. Refusals
 * are {@link StockException}s.
 */
public interface Stock extends AutoCloseable {

  Mono<Totals> totals();

  /** Every image, by its name. */
  Flux<StockedImage> images();

  /** What an image is made of; fails if it is not known. */
  Mono<ImageTree> show(ImageReference image);

  /** Who needs this content. */
  Mono<ContentUse> show(Digest digest);

  /**
   * Takes content away; what is pinned stays.
   *
   * @param rehearsal whether to only say what would be taken
   */
  Mono<Purge.Purged> purge(PurgeTarget target, boolean rehearsal);

  /** Keeps an image from eviction; it need not be stored yet. */
  Mono<Void> pin(ImageReference image);

  /** Leaves it to eviction again; false if it was not pinned. */
  Mono<Boolean> unpin(ImageReference image);

  /** Reads an image, or everything, again, and drops what is damaged; tells how far it is. */
  Flux<VerifyReport> verify(Optional<ImageReference> image);

  /** Those of these that are not stored. */
  Mono<List<Digest>> missing(Collection<Digest> digests);

  /**
   * Stores content if it is what its digest says. Nobody sees it before {@link #admit}.
   *
   * @param bytes opened once, and closed
   */
  Mono<Void> take(Digest digest, long size, Opening bytes);

  /**
   * Makes an image visible whose content is stored, under this name, as if its upstream had just
   * said so.
   *
   * @param root its index or manifest
   */
  Mono<ImageTree> admit(ImageReference image, Descriptor root, boolean pinned);

  @Override
  void close();

  /** Content that can be opened. */
  interface Opening {
    InputStream open() throws IOException;
  }
}
