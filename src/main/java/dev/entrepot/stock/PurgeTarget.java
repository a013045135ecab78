package dev.entrepot.stock;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;

/** What is to be taken away. */
public sealed interface PurgeTarget {

  /** One image and the tags that point at it. */
  record OneImage(ImageReference image) implements PurgeTarget {}

  /**
   * All of a repository.
   *
   * @param image any name of it
   */
  record WholeRepository(ImageReference image) implements PurgeTarget {}

  /** One piece of content, from all repositories. */
  record Content(Digest digest) implements PurgeTarget {}

  /** All there is. */
  record Everything() implements PurgeTarget {}
}
