package dev.entrepot.credentials.google;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ImpersonatedCredentials;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A service account that another identity acts as.
 *
 * @param delegates the service accounts on the way from one to the other
 * @param url where to ask; absent: Google's own server
 */
record ImpersonatedIdentity(
    GoogleIdentity source, String account, List<String> delegates, @Nullable URI url)
    implements GoogleIdentity {

  private static final Pattern ACCOUNT =
      Pattern.compile(".*/serviceAccounts/([^/:]+):generateAccessToken");
  private static final int SECONDS = 3600;

  /** Reads what {@code gcloud} writes when it is told to impersonate. */
  static ImpersonatedIdentity of(KeyJson json) {
    URI url = json.url("service_account_impersonation_url");
    GoogleIdentity source = KeyIdentity.of(json.object("source_credentials"));
    List<String> delegates =
        json.node().path("delegates").valueStream().map(JsonNode::asString).toList();
    return new ImpersonatedIdentity(source, accountIn(url), delegates, url);
  }

  /** Whom this URL gives tokens of; fails with {@link IllegalArgumentException}. */
  static String accountIn(URI url) {
    Matcher matcher = ACCOUNT.matcher(String.valueOf(url.getPath()));
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "service_account_impersonation_url does not end with serviceAccounts/…:generateAccessToken");
    }
    return matcher.group(1);
  }

  @Override
  public String name() {
    return "service account " + account;
  }

  @Override
  public String fingerprint() {
    return account + " " + source.fingerprint();
  }

  @Override
  public AccessToken token(HttpTransportFactory http) {
    // Without an end, so that the library takes it as it is and asks for no other.
    AccessToken own = new AccessToken(source.token(http).getTokenValue(), null);
    try {
      return ImpersonatedCredentials.newBuilder()
          .setSourceCredentials(GoogleCredentials.create(own))
          .setTargetPrincipal(account)
          .setDelegates(delegates)
          .setScopes(SCOPE)
          .setLifetime(SECONDS)
          .setIamEndpointOverride(url == null ? null : url.toString())
          .setHttpTransportFactory(http)
          .build()
          .refreshAccessToken();
    } catch (IOException | RuntimeException e) {
      throw Refusals.ofImpersonation(source.name(), account, e);
    }
  }

  @Override
  public String toString() {
    return "ImpersonatedIdentity[" + account + "]";
  }
}
