package dev.entrepot.oci;

/**
 * What is known of a piece of content without its bytes.
 *
 * @param size in bytes
 */
public record Descriptor(String mediaType, Digest digest, long size) {

  public Descriptor {
    if (size < 0) {
      throw new IllegalArgumentException("size of " + digest + " must not be negative: " + size);
    }
  }
}
