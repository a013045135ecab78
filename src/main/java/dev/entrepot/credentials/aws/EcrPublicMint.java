package dev.entrepot.credentials.aws;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialMint;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecrpublic.EcrPublicClient;
import software.amazon.awssdk.services.ecrpublic.model.AuthorizationData;

/** Makes authorization tokens of ECR Public, which all come from one region. */
public final class EcrPublicMint implements CredentialMint {

  private static final String API = "the ECR Public API";

  private final AwsIdentity identity;
  private final AwsPlace place;
  private final InstantSource clock;
  private final TokenLife life;

  /** Fails with {@link IllegalArgumentException} if the key's file cannot be used. */
  public EcrPublicMint(CredentialProperties.EcrPublic properties, CredentialContext context) {
    this.identity = AwsIdentity.of(properties, context);
    this.place =
        new AwsPlace(Region.US_EAST_1, false, false, Optional.ofNullable(properties.endpoint()));
    this.clock = context.clock();
    this.life = new TokenLife(context);
  }

  @Override
  public Optional<WatchedFile<?>> file() {
    return identity.file();
  }

  @Override
  public String keyFor(RepositoryAddress repository) {
    return identity.fingerprint();
  }

  @Override
  public Minted<Credential> mint(RepositoryAddress repository) {
    AwsCredentials who = identity.credentials(place);
    AwsCall call =
        new AwsCall(
            API,
            "ecr-public:GetAuthorizationToken",
            Optional.empty(),
            Optional.of(who.accessKeyId()));
    Instant start = clock.instant();
    try (EcrPublicClient ecr = identity.clients().ecrPublic(place, who)) {
      AuthorizationData made =
          call.result(() -> ecr.getAuthorizationToken(_ -> {}).authorizationData());
      if (made == null || made.authorizationToken() == null) {
        throw CredentialException.unavailable(API + " answered without a usable token");
      }
      Secret token = Secret.of(made.authorizationToken());
      return life.of(end -> new Credential.Bearer(token, end), start, made.expiresAt());
    }
  }
}
