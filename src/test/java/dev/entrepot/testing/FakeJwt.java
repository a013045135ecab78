package dev.entrepot.testing;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;

/** Texts in the form of a JWT, for who only peeks at the expiry; the signature is a mark. */
final class FakeJwt {

  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

  private FakeJwt() {}

  static String of(Instant expires, String mark) {
    return encoded("{\"alg\":\"none\",\"typ\":\"JWT\"}")
        + "."
        + encoded("{\"exp\":" + expires.getEpochSecond() + "}")
        + "."
        + mark;
  }

  private static String encoded(String json) {
    return URL.encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
