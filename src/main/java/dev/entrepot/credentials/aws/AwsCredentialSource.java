package dev.entrepot.credentials.aws;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialMint;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.oci.RepositoryAddress;
import reactor.core.publisher.Mono;

/** Yields authorization tokens of Amazon ECR or ECR Public. */
public final class AwsCredentialSource implements CredentialSource {

  private final AwsIdentity identity;
  private final CredentialSource minted;

  private AwsCredentialSource(
      AwsIdentity identity, CredentialMint mint, CredentialContext context) {
    this.identity = identity;
    this.minted = new MintingSource(mint, context);
  }

  /** For private registries; fails with {@link IllegalArgumentException} on an unusable file. */
  public static CredentialSource of(
      CredentialProperties.Ecr properties, CredentialContext context) {
    AwsIdentity identity =
        AwsIdentity.of(
            properties.profile(),
            properties.accessKeyId(),
            properties.secretAccessKeyFile(),
            properties.roleArn(),
            properties.externalId(),
            context);
    return new AwsCredentialSource(identity, new EcrMint(properties, identity, context), context);
  }

  /** For ECR Public; fails with {@link IllegalArgumentException} on an unusable file. */
  public static CredentialSource of(
      CredentialProperties.EcrPublic properties, CredentialContext context) {
    AwsIdentity identity =
        AwsIdentity.of(
            properties.profile(),
            properties.accessKeyId(),
            properties.secretAccessKeyFile(),
            properties.roleArn(),
            properties.externalId(),
            context);
    return new AwsCredentialSource(
        identity, new EcrPublicMint(properties, identity, context), context);
  }

  @Override
  public Mono<Credential> current(RepositoryAddress repository) {
    return identity.lookAgain().then(minted.current(repository));
  }

  @Override
  public void refused(Credential credential) {
    identity.doubt();
    minted.refused(credential);
  }
}
