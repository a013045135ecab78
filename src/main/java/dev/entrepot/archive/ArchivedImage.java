package dev.entrepot.archive;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.ImageReference;
import java.util.List;

/**
 * An image that an archive holds.
 *
 * @param names what it is called with its registry; empty if the archive does not say
 * @param label what the archive calls it, for people
 * @param root its index or manifest
 */
public record ArchivedImage(List<ImageReference> names, String label, Descriptor root) {

  public ArchivedImage {
    names = List.copyOf(names);
  }
}
