package dev.entrepot.credentials.google;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.ComputeEngineCredentials;
import java.io.IOException;
import java.net.URI;

/**
 * The identity of the machine or pod that this runs on. Asked anew each time, since the server of
 * GKE may come up later than we do.
 */
final class MetadataServer implements GoogleIdentity {

  /** Where it is, which {@code GCE_METADATA_HOST} may say. */
  static String host() {
    return String.valueOf(URI.create(ComputeEngineCredentials.getMetadataServerUrl()).getHost());
  }

  @Override
  public String name() {
    return "the metadata server's service account";
  }

  @Override
  public String fingerprint() {
    return "metadata server";
  }

  @Override
  public AccessToken token(HttpTransportFactory http) {
    try {
      return ComputeEngineCredentials.newBuilder()
          .setScopes(SCOPE)
          .setHttpTransportFactory(http)
          .build()
          .refreshAccessToken();
    } catch (IOException | RuntimeException e) {
      throw Refusals.ofMetadataServer(host(), e);
    }
  }
}
