package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.security.MessageDigest;

/**
 * A hash function that has seen the first bytes of some content; never used but to make copies.
 *
 * @param bytes how many it has seen
 */
record Hashed(long bytes, MessageDigest hash) {

  static Hashed none(Digest digest) {
    return new Hashed(0, digest.newHash());
  }

  /** A hash function that goes on from here. */
  MessageDigest copy() {
    try {
      return (MessageDigest) hash.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the Java platform's hash functions can be copied", e);
    }
  }
}
