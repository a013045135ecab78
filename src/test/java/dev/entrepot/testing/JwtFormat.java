package dev.entrepot.testing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.Base64;
import java.util.stream.Collectors;

/**
 * Writes grants as RS256 JWTs with the signer's certificate in {@code x5c}, as docker-registry
 * verifies them.
 */
public final class JwtFormat implements TokenFormat {

  /** Who the tokens say has issued them. */
  public static final String ISSUER = "fake-token-server";

  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

  private final TestCertificates.Issued signer;

  /** Signs with this key, which must be RSA. */
  public JwtFormat(TestCertificates.Issued signer) {
    this.signer = signer;
  }

  @Override
  public String encode(TokenGrant grant, long serial) {
    try {
      var certificate = Base64.getEncoder().encodeToString(signer.certificate().getEncoded());
      var header = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\"" + certificate + "\"]}";
      var signed = encode(header) + "." + encode(claims(grant, serial));
      var signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(signer.key());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + URL.encodeToString(signature.sign());
    } catch (GeneralSecurityException broken) {
      throw new IllegalStateException("tried to sign a token but could not", broken);
    }
  }

  private static String claims(TokenGrant grant, long serial) {
    return """
        {"iss":"%s","sub":"%s","aud":"%s","iat":%d,"nbf":%d,"exp":%d,"jti":"%d","access":[%s]}"""
        .formatted(
            ISSUER,
            grant.subject(),
            grant.service(),
            grant.issued().getEpochSecond(),
            grant.issued().getEpochSecond(),
            grant.expires().getEpochSecond(),
            serial,
            grant.scopes().stream().map(JwtFormat::access).collect(Collectors.joining(",")));
  }

  private static String access(String scope) {
    int name = scope.indexOf(':');
    int actions = scope.lastIndexOf(':');
    if (name < 0 || actions <= name) {
      return "{\"type\":\"%s\",\"name\":\"\",\"actions\":[]}".formatted(scope);
    }
    return "{\"type\":\"%s\",\"name\":\"%s\",\"actions\":[\"%s\"]}"
        .formatted(
            scope.substring(0, name),
            scope.substring(name + 1, actions),
            scope.substring(actions + 1).replace(",", "\",\""));
  }

  private static String encode(String json) {
    return URL.encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
