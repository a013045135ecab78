package dev.entrepot.credentials.google;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleAuthUtils;
import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialMint;
import dev.entrepot.credentials.CredentialProperties.Google;
import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes access tokens, which Artifact Registry takes as they are. */
public final class GoogleMint implements CredentialMint {

  /** All questions of one mint together; a little less than the mint is waited for. */
  private static final Duration PATIENCE = CredentialContext.PATIENCE.minusSeconds(1);

  private final GoogleIdentities identities;
  private final @Nullable String impersonate;
  private final InstantSource clock;
  private final HttpClient client;
  private final UnaryOperator<URI> route;
  private volatile String last = "";

  /** Reads the key; fails with {@link IllegalArgumentException} if it cannot be used. */
  public GoogleMint(Google settings, CredentialContext context) {
    this(
        settings,
        context,
        System.getenv(),
        Path.of(GoogleAuthUtils.getWellKnownCredentialsPath()),
        UnaryOperator.identity());
  }

  /** The same on another machine: with its environment, gcloud's login and servers. */
  GoogleMint(
      Google settings,
      CredentialContext context,
      Map<String, String> environment,
      Path wellKnown,
      UnaryOperator<URI> route) {
    this.identities = new GoogleIdentities(settings, environment, wellKnown, context);
    this.impersonate = settings.impersonate();
    this.clock = context.clock();
    this.client = GoogleTransport.client(context.proxies());
    this.route = route;
  }

  @Override
  public Optional<WatchedFile<?>> file() {
    return identities.file();
  }

  @Override
  public String keyFor(RepositoryAddress repository) {
    return identities.known().fingerprint();
  }

  @Override
  public Minted<Credential> mint(RepositoryAddress repository) {
    Instant start = clock.instant();
    GoogleIdentity identity = identity();
    AccessToken token = identity.token(GoogleTransport.within(PATIENCE, client, route));
    Optional<Instant> end = TokenLife.remaining(token, identity.name()).map(start::plus);
    Credential credential = new Credential.Bearer(Secret.of(token.getTokenValue()), end);
    boolean isSame = credential.fingerprint().equals(last);
    last = credential.fingerprint();
    return new Minted<>(credential, TokenLife.renewal(start, end, isSame), end);
  }

  private GoogleIdentity identity() {
    GoogleIdentity own = identities.current();
    return impersonate == null ? own : new ImpersonatedIdentity(own, impersonate, List.of(), null);
  }
}
