package dev.entrepot.credentials.azure;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialMint;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Asks Entra for the access token that Azure Container Registry takes in exchange. */
public final class AzureMint implements CredentialMint {

  private final EntraIdentity identity;
  private final TokenEndpoint endpoint;
  private final InstantSource clock;

  private AzureMint(EntraIdentity identity, TokenEndpoint endpoint, InstantSource clock) {
    this.identity = identity;
    this.endpoint = endpoint;
    this.clock = clock;
  }

  /**
   * Chooses the identity: the one that the settings name, else the one that the environment has.
   * Fails with {@link IllegalArgumentException} if what they say is incomplete or names a file that
   * cannot be used.
   *
   * @param environment the variables that Azure's own libraries read
   */
  public static AzureMint of(
      CredentialProperties.Azure settings,
      Map<String, String> environment,
      CredentialContext context) {
    EntraIdentity identity = new IdentityChoice(settings, environment, context).identity();
    return new AzureMint(
        identity,
        // The machine's own endpoint is never behind a proxy.
        identity instanceof ManagedIdentity
            ? TokenEndpoint.direct()
            : TokenEndpoint.through(context.proxies()),
        context.clock());
  }

  @Override
  public Optional<WatchedFile<?>> file() {
    return identity.file();
  }

  @Override
  public String keyFor(RepositoryAddress repository) {
    return identity.key(repository);
  }

  @Override
  public Minted<Credential> mint(RepositoryAddress repository) {
    Instant start = clock.instant();
    EntraAnswer answer =
        endpoint.ask(identity.request(repository), identity.name(repository), start);
    return switch (answer) {
      case EntraAnswer.Granted(var token, Instant end) -> {
        Optional<Instant> expiry = Optional.of(end);
        yield Minted.renewedAhead(
            new Credential.EntraToken(token, identity.tenant(), expiry), start, end);
      }
      case EntraAnswer.Refused refused when refused.isTrouble() ->
          throw CredentialException.unavailable(
              "%s answered %s".formatted(identity.name(repository), refused.shown()));
      case EntraAnswer.Refused refused ->
          throw CredentialException.denied(identity.explain(refused));
    };
  }
}
