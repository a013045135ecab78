package dev.entrepot.archive;

import dev.entrepot.oci.Descriptor;
import java.util.List;

/**
 * An image of an archive whose every byte was found to be what its digest says.
 *
 * @param contents all that the archive holds of it, what refers before what is referred to
 * @param missing manifests of an index that the archive does not hold whole, and so leaves out
 */
public record CheckedImage(
    ArchivedImage image, List<Descriptor> contents, List<Descriptor> missing) {

  public CheckedImage {
    contents = List.copyOf(contents);
    missing = List.copyOf(missing);
  }
}
