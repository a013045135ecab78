package dev.entrepot.credentials.google;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.AccessToken;
import java.util.List;

/** Someone whom Google gives access tokens. */
interface GoogleIdentity {

  /** What may be asked for: everything, because the registry looks at IAM and not at scopes. */
  List<String> SCOPE = List.of("https://www.googleapis.com/auth/cloud-platform");

  /** How messages call it. */
  String name();

  /** Changes with what the identity is made from. */
  String fingerprint();

  /**
   * A new token. Blocks.
   *
   * @throws dev.entrepot.credentials.CredentialException if there is none
   */
  AccessToken token(HttpTransportFactory http);
}
