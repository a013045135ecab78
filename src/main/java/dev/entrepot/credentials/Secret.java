package dev.entrepot.credentials;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** A text that must not show up in a log, a message or a dump by accident. */
public final class Secret {

  private final byte[] utf8;

  private Secret(byte[] utf8) {
    this.utf8 = utf8;
  }

  /** Wraps this text. */
  public static Secret of(String text) {
    return new Secret(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The text itself, for the one place that sends it. */
  public String reveal() {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /**
   * Tells one secret from another without saying anything about it: a hash with a salt that lives
   * as long as the process.
   */
  public String fingerprint() {
    return Fingerprint.of("secret", reveal());
  }

  /** Whether there is nothing in it. */
  public boolean isEmpty() {
    return utf8.length == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(utf8, secret.utf8);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(utf8);
  }

  @Override
  public String toString() {
    return "[secret]";
  }
}
