package dev.entrepot.credentials.google;

import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/** Tells what happened to a private key on its way through YAML, TOML or an environment. */
final class PrivateKeyCheck {

  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  private PrivateKeyCheck() {}

  /** Fails with {@link IllegalArgumentException} unless this is an RSA key in PKCS#8 PEM. */
  static void check(String field, String pem) {
    String text = pem.strip();
    if (text.contains("\\n")) {
      throw damaged(
          field, "holds the two characters \\n instead of line breaks, it was escaped twice");
    }
    if (text.startsWith("-----BEGIN RSA PRIVATE KEY")) {
      throw damaged(field, "is in PKCS#1 (BEGIN RSA PRIVATE KEY), Google's keys are in PKCS#8");
    }
    if (text.startsWith("-----BEGIN ENCRYPTED PRIVATE KEY")) {
      throw damaged(field, "is encrypted, Google's keys are not");
    }
    if (!text.startsWith(BEGIN)) {
      throw damaged(
          field, "does not start with BEGIN PRIVATE KEY, its first line was lost or changed");
    }
    if (!text.endsWith(END)) {
      throw damaged(field, "does not end with END PRIVATE KEY, it was cut off");
    }
    String inner = text.substring(BEGIN.length(), text.length() - END.length());
    if (!inner.contains("\n")) {
      throw damaged(
          field,
          inner.contains(" ") ? "has blanks instead of line breaks" : "has lost its line breaks");
    }
    decode(field, inner.replaceAll("\\s", ""));
  }

  private static void decode(String field, String base64) {
    try {
      byte[] der = Base64.getDecoder().decode(base64);
      KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (IllegalArgumentException _) {
      throw damaged(
          field, "is not base64 between its first and last line, characters were lost or changed");
    } catch (InvalidKeySpecException _) {
      throw damaged(field, "is no RSA key in PKCS#8, parts of it were lost or changed");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has RSA", e);
    }
  }

  private static IllegalArgumentException damaged(String field, String how) {
    return new IllegalArgumentException(field + " " + how);
  }
}
