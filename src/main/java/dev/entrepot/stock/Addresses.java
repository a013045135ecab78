package dev.entrepot.stock;

import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryAddress;
import java.util.function.Function;

/**
 * Under which repository an image is stored: the one its upstream calls it by.
 *
 * @param routes gives it for what is served, and fails with a {@link RegistryException} for what is
 *     not
 */
public record Addresses(Function<ImageReference, RepositoryAddress> routes) {

  /** For whatever was stored, even if it is served no more. */
  RepositoryAddress of(ImageReference image) {
    try {
      return routes.apply(image);
    } catch (RegistryException _) {
      return new RepositoryAddress(image.registry(), image.repository());
    }
  }

  /** For what can be served; otherwise nobody would ever find it. */
  RepositoryAddress served(ImageReference image) {
    try {
      return routes.apply(image);
    } catch (RegistryException e) {
      throw new StockException(
          "tried to import %s but it could not be served: %s".formatted(image, e.explanation()));
    }
  }
}
