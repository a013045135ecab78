package dev.entrepot.cli;

import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.stock.PurgeTarget;
import java.util.Optional;

/** Words on the command line that name images; what is none is wrong usage. */
final class ImageWords {

  private ImageWords() {}

  static ImageReference image(String word) {
    try {
      return ImageReference.parse(word);
    } catch (RegistryException e) {
      throw new UsageException(e.explanation());
    }
  }

  static Optional<Digest> digest(String word) {
    return Digest.tryParse(word);
  }

  /** An image if there is a tag or digest, a whole repository otherwise. */
  static PurgeTarget target(String word) {
    Optional<Digest> digest = digest(word);
    if (digest.isPresent()) {
      return new PurgeTarget.Content(digest.get());
    }
    ImageReference image = image(word);
    boolean isNamed = word.indexOf('@') >= 0 || word.lastIndexOf(':') > word.lastIndexOf('/');
    return isNamed ? new PurgeTarget.OneImage(image) : new PurgeTarget.WholeRepository(image);
  }

  static Platform platform(String word) {
    try {
      return Platform.parse(word);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }
}
