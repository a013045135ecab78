package dev.entrepot.oci;

/**
 * What names a manifest within its repository: a tag that may move, or a digest that never does.
 */
public sealed interface Reference permits Tag, Digest {

  /** Reads a digest if there is a colon, else a tag. */
  static Reference parse(String text) {
    return text.indexOf(':') >= 0 ? Digest.parse(text) : new Tag(text);
  }
}
