package dev.entrepot.stock;

import dev.entrepot.archive.ArchivedImage;
import dev.entrepot.archive.CheckedImage;
import dev.entrepot.archive.ImageArchive;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Carries an archive's images into the stock, each whole or not at all. */
public final class Importing {

  private final Stock stock;
  private final ImageArchive archive;
  private final Listener listener;

  public Importing(Stock stock, ImageArchive archive, Listener listener) {
    this.stock = stock;
    this.archive = archive;
    this.listener = listener;
  }

  /** Is told how far it is. */
  public interface Listener {

    /** Some bytes of the image were read and held against their digests. */
    void verified(int bytes);

    /** Some blobs were stored, or were there already. */
    void stored(long blobs, long bytes);
  }

  /**
   * Imports one image under these names. Blocks; fails with an exception that says in one sentence
   * why not.
   */
  public CheckedImage run(ArchivedImage image, List<ImageReference> names, boolean pinned)
      throws IOException {
    CheckedImage checked = archive.check(image, bytes -> listener.verified(Math.toIntExact(bytes)));
    Set<Digest> missing =
        new HashSet<>(
            Awaited.of(
                stock.missing(checked.contents().stream().map(Descriptor::digest).toList())));
    Awaited.of(
        Flux.fromIterable(checked.contents())
            .concatMap(
                content ->
                    (missing.contains(content.digest()) ? take(content) : Mono.<Void>empty())
                        .doOnSuccess(_ -> listener.stored(1, content.size())))
            .then(Mono.just(true)));
    for (ImageReference name : names) {
      Awaited.of(stock.admit(name, image.root(), pinned));
    }
    return checked;
  }

  private Mono<Void> take(Descriptor content) {
    return stock.take(content.digest(), content.size(), () -> archive.open(content.digest()));
  }
}
