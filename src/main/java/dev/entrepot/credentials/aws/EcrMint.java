package dev.entrepot.credentials.aws;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialMint;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecr.EcrClient;
import software.amazon.awssdk.services.ecr.model.AuthorizationData;

/**
 * Makes authorization tokens of private ECR registries. One opens every registry of its region that
 * the identity may read, whatever the account.
 */
public final class EcrMint implements CredentialMint {

  private final AwsIdentity identity;
  private final Optional<Region> region;
  private final Optional<URI> endpoint;
  private final InstantSource clock;
  private final TokenLife life;

  /** Fails with {@link IllegalArgumentException} if the key's file cannot be used. */
  public EcrMint(CredentialProperties.Ecr properties, CredentialContext context) {
    this.identity = AwsIdentity.of(properties, context);
    this.region = Optional.ofNullable(properties.region()).map(Region::of);
    this.endpoint = Optional.ofNullable(properties.endpoint());
    this.clock = context.clock();
    this.life = new TokenLife(context);
  }

  @Override
  public Optional<WatchedFile<?>> file() {
    return identity.file();
  }

  @Override
  public String keyFor(RepositoryAddress repository) {
    return place(repository.registry()).key() + " " + identity.fingerprint();
  }

  @Override
  public Minted<Credential> mint(RepositoryAddress repository) {
    AwsPlace place = place(repository.registry());
    AwsCredentials who = identity.credentials(place);
    String api = "the ECR API of " + place.region();
    AwsCall call =
        new AwsCall(
            api, "ecr:GetAuthorizationToken", Optional.empty(), Optional.of(who.accessKeyId()));
    Instant start = clock.instant();
    try (EcrClient ecr = identity.clients().ecr(place, who)) {
      List<AuthorizationData> made =
          call.result(() -> ecr.getAuthorizationToken().authorizationData());
      if (made.isEmpty()) {
        throw unusable(api);
      }
      return minted(made.getFirst(), start, api);
    }
  }

  private Minted<Credential> minted(AuthorizationData made, Instant start, String api) {
    String[] pair = decoded(made.authorizationToken(), api).split(":", 2);
    if (pair.length < 2) {
      throw unusable(api);
    }
    Secret password = Secret.of(pair[1]);
    return life.of(end -> new Credential.Basic(pair[0], password, end), start, made.expiresAt());
  }

  private static String decoded(String token, String api) {
    try {
      return new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw unusable(api);
    }
  }

  private static CredentialException unusable(String api) {
    return CredentialException.unavailable(api + " answered without a usable token");
  }

  private AwsPlace place(RegistryHost registry) {
    Optional<EcrHost> host = EcrHost.parse(registry);
    Region where =
        region
            .or(() -> host.map(EcrHost::region).map(Region::of))
            .or(() -> endpoint.map(_ -> ownRegion()))
            .orElseThrow(
                () ->
                    CredentialException.denied(
                        "'%s' is no ECR registry, whose names look like '%s'; set credentials.region if it stands for one"
                            .formatted(registry, EcrHost.SHAPE)));
    return new AwsPlace(
        where,
        host.map(EcrHost::fips).orElse(false),
        host.map(EcrHost::dualStack).orElse(false),
        endpoint);
  }

  /** With an endpoint of its own the region only has to be signed. */
  private static Region ownRegion() {
    return SdkSystemSetting.AWS_REGION.getStringValue().map(Region::of).orElse(Region.US_EAST_1);
  }
}
