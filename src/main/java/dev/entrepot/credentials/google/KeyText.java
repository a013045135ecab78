package dev.entrepot.credentials.google;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Finds the JSON of a key in what was pasted: as it is, as base64, after {@code _json_key:}, with
 * blanks, line breaks and byte order marks around. Failures say what it is instead, and never show
 * any of it.
 */
final class KeyText {

  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");
  private static final Pattern BASE64_URL = Pattern.compile("[A-Za-z0-9_-]+={0,2}");
  private static final Pattern USER = Pattern.compile("^_json_key(_base64)?:");
  private static final String PRIVATE_KEY_ONLY =
      "it is only a private key, and the whole JSON key file is needed";

  private KeyText() {}

  /** The JSON object in this text; fails with {@link IllegalArgumentException}. */
  static String json(byte[] content) {
    if (content.length > 1 && (content[0] & content[1] & 0xff) == 0xfe) {
      throw new IllegalArgumentException("it is UTF-16, save it as UTF-8");
    }
    String text = bare(content);
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it holds no key");
    }
    return text.startsWith("{") ? text : decoded(text);
  }

  private static String decoded(String text) {
    if (text.startsWith("\"") || text.startsWith("'")) {
      throw new IllegalArgumentException("it is wrapped in quotes, leave them out");
    }
    byte[] bytes = decode(text);
    String inner = bare(bytes);
    if (inner.startsWith("{")) {
      return inner;
    }
    if (inner.startsWith("-----BEGIN") || isDer(bytes)) {
      throw new IllegalArgumentException(PRIVATE_KEY_ONLY);
    }
    String twice = isBase64(inner) ? bare(decode(inner)) : "";
    if (!twice.startsWith("{")) {
      throw unknown();
    }
    // A docker configuration holds user and password as base64, and this password is base64 itself.
    if (!isNamed(bytes)) {
      throw new IllegalArgumentException("it was encoded as base64 twice, encode the file once");
    }
    return twice;
  }

  private static byte[] decode(String text) {
    if (text.startsWith("-----BEGIN")) {
      throw new IllegalArgumentException(PRIVATE_KEY_ONLY);
    }
    String joined = withoutBlanks(text);
    if (!isBase64(text)) {
      if (BASE64_URL.matcher(joined).matches()) {
        throw new IllegalArgumentException(
            "it is base64 in the alphabet for URLs, with - and _, encode the file with 'base64 -w0'");
      }
      throw unknown();
    }
    try {
      return Base64.getDecoder().decode(joined);
    } catch (IllegalArgumentException _) {
      throw joined.startsWith("e") && joined.length() > 100
          ? new IllegalArgumentException("it is base64 that was cut off")
          : unknown();
    }
  }

  private static boolean isBase64(String text) {
    return BASE64.matcher(withoutBlanks(text)).matches();
  }

  /** Without what stands around it: blanks, a byte order mark and the user that belongs to it. */
  private static String bare(byte[] content) {
    return USER.matcher(text(content)).replaceFirst("").strip();
  }

  private static boolean isNamed(byte[] content) {
    return USER.matcher(text(content)).lookingAt();
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8).replace("\ufeff", "").strip();
  }

  private static String withoutBlanks(String text) {
    return text.replaceAll("\\s", "");
  }

  /** A PKCS#8 or PKCS#1 key is a sequence longer than 127 bytes. */
  private static boolean isDer(byte[] bytes) {
    return bytes.length > 1 && bytes[0] == 0x30 && (bytes[1] & 0x80) != 0;
  }

  private static IllegalArgumentException unknown() {
    return new IllegalArgumentException("it is neither a JSON key nor base64 of one");
  }
}
