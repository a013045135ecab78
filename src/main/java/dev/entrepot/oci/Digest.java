package dev.entrepot.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The content address of a manifest or blob, such as {@code sha256:9f86…}.
 *
 * <p>Only sha256 and sha512 are understood, in lower-case hex: a weaker or unknown algorithm proves
 * nothing about the bytes. See the OCI image specification, "Digests".
 */
public record Digest(String algorithm, String hex) implements Reference {

  private static final Pattern LOWER_HEX = Pattern.compile("[0-9a-f]+");

  public Digest {
    int length =
        switch (algorithm) {
          case "sha256" -> 64;
          case "sha512" -> 128;
          default -> throw invalid(algorithm + ":" + hex);
        };
    if (hex.length() != length || !LOWER_HEX.matcher(hex).matches()) {
      throw invalid(algorithm + ":" + hex);
    }
  }

  /** Reads {@code algorithm:hex}; fails with {@link ErrorCode#DIGEST_INVALID}. */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw invalid(text);
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** Like {@link #parse}, for text that a server sent and that may be anything. */
  public static Optional<Digest> tryParse(String text) {
    try {
      return Optional.of(parse(text));
    } catch (RegistryException _) {
      return Optional.empty();
    }
  }

  /** The sha256 digest of these bytes. */
  public static Digest sha256Of(byte[] bytes) {
    return finish("sha256", messageDigest("SHA-256").digest(bytes));
  }

  /** A fresh hash function for this digest's algorithm. */
  public MessageDigest newHash() {
    return messageDigest(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
  }

  /**
   * Whether a hash function that has seen all the content ends in this digest. Finishes {@code
   * hash}.
   */
  public boolean matches(MessageDigest hash) {
    return MessageDigest.isEqual(hash.digest(), HexFormat.of().parseHex(hex));
  }

  /** Whether this is the digest of these bytes. */
  public boolean matches(byte[] bytes) {
    MessageDigest hash = newHash();
    hash.update(bytes);
    return matches(hash);
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }

  private static Digest finish(String algorithm, byte[] hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash));
  }

  private static MessageDigest messageDigest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + name, e);
    }
  }

  private static RegistryException invalid(String text) {
    return new RegistryException(
        ErrorCode.DIGEST_INVALID, "'" + Shown.of(text) + "' is no sha256 or sha512 digest");
  }
}
