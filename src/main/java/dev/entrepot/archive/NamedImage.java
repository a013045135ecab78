package dev.entrepot.archive;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.ImageReference;

/**
 * An image under the name that an archive is to give it.
 *
 * @param root its index or manifest
 */
public record NamedImage(ImageReference name, Descriptor root) {}
