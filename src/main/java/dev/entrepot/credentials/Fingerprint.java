package dev.entrepot.credentials;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Keyed hashes of secrets. The key is drawn anew by every process and leaves it nowhere. */
final class Fingerprint {

  private static final SecretKeySpec SALT = newSalt();

  private Fingerprint() {}

  static String of(String... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(SALT);
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        mac.update(bytes);
      }
      return HexFormat.of().formatHex(mac.doFinal(), 0, 16);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  private static SecretKeySpec newSalt() {
    byte[] salt = new byte[32];
    new SecureRandom().nextBytes(salt);
    return new SecretKeySpec(salt, "HmacSHA256");
  }
}
