package dev.entrepot.cache;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import org.jspecify.annotations.Nullable;

/** A descriptor as it is on disk, where anything may be found. */
record Link(@Nullable String mediaType, @Nullable String digest, long size) {

  static Link to(Descriptor descriptor) {
    return new Link(descriptor.mediaType(), descriptor.digest().toString(), descriptor.size());
  }

  boolean isAbout(Digest wanted) {
    return wanted.toString().equals(digest) && mediaType != null && size >= 0;
  }

  boolean isWhole() {
    return digest != null && Digest.tryParse(digest).filter(this::isAbout).isPresent();
  }

  /** Of a link that {@link #isWhole}. */
  Descriptor descriptor() {
    if (mediaType == null || digest == null) {
      throw new IllegalStateException("a link without media type or digest");
    }
    return new Descriptor(mediaType, Digest.parse(digest), size);
  }
}
