package dev.entrepot.credentials.google;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.ExternalAccountCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.auth.oauth2.UserCredentials;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whom a key's own fields stand for. Google's library makes the tokens, anew each time: its caches
 * go by a clock of their own.
 */
final class KeyIdentity implements GoogleIdentity {

  private static final HttpTransportFactory NOWHERE =
      () -> {
        throw new IllegalStateException("a key that is only read asks nobody");
      };

  private final KeyKind kind;
  private final String name;
  private final Secret json;
  private final @Nullable Path subjectTokenFile;

  private KeyIdentity(KeyKind kind, String name, KeyJson json, @Nullable Path subjectTokenFile) {
    this.kind = kind;
    this.name = name;
    this.json = Secret.of(json.canonical());
    this.subjectTokenFile = subjectTokenFile;
  }

  /** Checks the fields; fails with {@link IllegalArgumentException}, which shows none of them. */
  static GoogleIdentity of(KeyJson json) {
    return switch (KeyKind.of(json)) {
      case SERVICE_ACCOUNT -> serviceAccount(json).tried();
      case EXTERNAL_ACCOUNT -> externalAccount(json).tried();
      case AUTHORIZED_USER -> user(json).tried();
      case IMPERSONATED_SERVICE_ACCOUNT -> ImpersonatedIdentity.of(json);
    };
  }

  private KeyIdentity tried() {
    try {
      credentials(NOWHERE);
      return this;
    } catch (IOException | RuntimeException e) {
      // What the library says may hold a part of the key.
      throw new IllegalArgumentException("it is no valid " + kind.word());
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String fingerprint() {
    return json.fingerprint();
  }

  @Override
  public AccessToken token(HttpTransportFactory http) {
    if (subjectTokenFile != null && !Files.isReadable(subjectTokenFile)) {
      throw CredentialException.unavailable(
          "%s: its subject token file '%s' cannot be read".formatted(name, subjectTokenFile));
    }
    try {
      return credentials(http).refreshAccessToken();
    } catch (IOException | RuntimeException e) {
      throw Refusals.ofKey(kind, name, e);
    }
  }

  private GoogleCredentials credentials(HttpTransportFactory http) throws IOException {
    InputStream stream = new ByteArrayInputStream(json.reveal().getBytes(StandardCharsets.UTF_8));
    return switch (kind) {
      case SERVICE_ACCOUNT ->
          // Its retries would take longer than anyone waits.
          ServiceAccountCredentials.fromStream(stream, http)
              .createWithCustomRetryStrategy(false)
              .createScoped(SCOPE);
      case EXTERNAL_ACCOUNT ->
          ExternalAccountCredentials.fromStream(stream, http).createScoped(SCOPE);
      case AUTHORIZED_USER -> UserCredentials.fromStream(stream, http);
      case IMPERSONATED_SERVICE_ACCOUNT ->
          throw new IllegalStateException("its source has the credentials");
    };
  }

  private static KeyIdentity serviceAccount(KeyJson json) {
    String account = json.shown("client_email");
    Stream.of("client_id", "private_key_id").forEach(json::text);
    PrivateKeyCheck.check(json.prefix() + "private_key", json.text("private_key"));
    json.optionalUrl("token_uri");
    return new KeyIdentity(KeyKind.SERVICE_ACCOUNT, "service account " + account, json, null);
  }

  private static KeyIdentity user(KeyJson json) {
    Stream.of("client_id", "client_secret", "refresh_token").forEach(json::text);
    json.optionalUrl("token_uri");
    String name =
        json.optionalText("account").isEmpty() ? "gcloud's user" : "user " + json.shown("account");
    return new KeyIdentity(KeyKind.AUTHORIZED_USER, name, json, null);
  }

  private static KeyIdentity externalAccount(KeyJson json) {
    String audience = json.shown("audience");
    json.text("subject_token_type");
    json.optionalUrl("token_url");
    json.optionalUrl("service_account_impersonation_url");
    KeyJson source = json.object("credential_source");
    if (source.has("certificate")) {
      throw new IllegalArgumentException("credential_source.certificate is not supported");
    }
    if (Stream.of("file", "url", "executable", "environment_id").noneMatch(source::has)) {
      throw new IllegalArgumentException(
          "credential_source has neither file, url, executable nor environment_id");
    }
    Optional<Path> file = source.optionalText("file").map(Path::of);
    return new KeyIdentity(
        KeyKind.EXTERNAL_ACCOUNT, "external account of " + audience, json, file.orElse(null));
  }
}
