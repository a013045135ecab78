package dev.entrepot.credentials.google;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.AccessToken;
import dev.entrepot.credentials.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A key or another credential configuration of Google's, such as the JSON file of a service
 * account, in any of the forms that people paste.
 */
public final class GoogleKey implements GoogleIdentity {

  private static final String VERBATIM = "_json_key";
  private static final String BASE64 = "_json_key_base64";

  private final Secret json;
  private final GoogleIdentity identity;

  private GoogleKey(Secret json, GoogleIdentity identity) {
    this.json = json;
    this.identity = identity;
  }

  /**
   * Reads a key. Fails with {@link IllegalArgumentException}, which says what is wrong without
   * showing any of it.
   */
  public static GoogleKey read(byte[] content) {
    KeyJson parsed = KeyJson.parse(KeyText.json(content));
    return new GoogleKey(Secret.of(parsed.canonical()), KeyIdentity.of(parsed));
  }

  /** Whether Google's registries take a key as this user's password. */
  public static boolean isPasswordOf(String username) {
    return username.equals(VERBATIM) || username.equals(BASE64);
  }

  /**
   * The password of this user in the one form that registries understand, made from any other.
   * Fails like {@link #read}.
   */
  public static Secret passwordOf(String username, byte[] content) {
    KeyJson parsed = KeyJson.parse(KeyText.json(content));
    if (KeyKind.of(parsed) != KeyKind.SERVICE_ACCOUNT) {
      throw new IllegalArgumentException(
          "its type is '%s', and as a password registries take only a 'service_account' (use credentials.type 'google')"
              .formatted(KeyKind.of(parsed).word()));
    }
    KeyIdentity.of(parsed);
    String json = parsed.canonical();
    return Secret.of(
        username.equals(VERBATIM)
            ? json
            : Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public String name() {
    return identity.name();
  }

  @Override
  public String fingerprint() {
    return json.fingerprint();
  }

  @Override
  public AccessToken token(HttpTransportFactory http) {
    return identity.token(http);
  }

  /** Whose key it is. */
  @Override
  public String toString() {
    return "GoogleKey[" + name() + "]";
  }
}
