package dev.entrepot.credentials.sources;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.CredentialProperties.Anonymous;
import dev.entrepot.credentials.CredentialProperties.Azure;
import dev.entrepot.credentials.CredentialProperties.Basic;
import dev.entrepot.credentials.CredentialProperties.Bearer;
import dev.entrepot.credentials.CredentialProperties.DockerConfig;
import dev.entrepot.credentials.CredentialProperties.Ecr;
import dev.entrepot.credentials.CredentialProperties.EcrPublic;
import dev.entrepot.credentials.CredentialProperties.Exec;
import dev.entrepot.credentials.CredentialProperties.Google;
import dev.entrepot.credentials.CredentialProperties.Helper;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.credentials.Secret;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.credentials.aws.EcrMint;
import dev.entrepot.credentials.aws.EcrPublicMint;
import dev.entrepot.credentials.azure.AzureMint;
import dev.entrepot.credentials.docker.DockerConfigCredentialSource;
import dev.entrepot.credentials.exec.ProgramCredentials;
import dev.entrepot.credentials.google.GoogleKey;
import dev.entrepot.credentials.google.GoogleMint;
import dev.entrepot.oci.RepositoryAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Makes the source that an upstream's settings ask for: the one place that knows all of them. */
public final class CredentialSources {

  private CredentialSources() {}

  /**
   * Reads the files the settings name; fails with {@link IllegalArgumentException} if one of them
   * cannot be used. Asks no cloud and runs no program yet.
   */
  public static CredentialSource of(CredentialProperties properties, CredentialContext context) {
    return switch (properties) {
      case Anonymous _ -> new FixedCredentialSource(new Credential.Anonymous());
      case Basic basic -> basic(basic, context);
      case Bearer(Path tokenFile) ->
          new FileCredentialSource(
              WatchedFile.of(
                  "credentials.token-file",
                  tokenFile,
                  content -> new Credential.Bearer(WatchedFile.line(content, "token")),
                  context));
      case DockerConfig(Path file) -> new DockerConfigCredentialSource(file, context);
      case Google google -> new MintingSource(new GoogleMint(google, context), context);
      case Ecr ecr -> new MintingSource(new EcrMint(ecr, context), context);
      case EcrPublic ecrPublic -> new MintingSource(new EcrPublicMint(ecrPublic, context), context);
      case Azure azure -> new MintingSource(AzureMint.of(azure, System.getenv(), context), context);
      case Exec exec -> ProgramCredentials.of(exec, context);
      case Helper helper -> ProgramCredentials.of(helper, context);
    };
  }

  private static CredentialSource basic(Basic basic, CredentialContext context) {
    String username = basic.username();
    Secret password = basic.password();
    Path passwordFile = basic.passwordFile();
    if (passwordFile == null) {
      return new FixedCredentialSource(inline(username, Objects.requireNonNull(password)));
    }
    Function<byte[], Credential> parser =
        content ->
            new Credential.Basic(
                username,
                GoogleKey.isPasswordOf(username)
                    ? GoogleKey.passwordOf(username, content)
                    : WatchedFile.line(content, "password"));
    return new FileCredentialSource(
        WatchedFile.of("credentials.password-file", passwordFile, parser, context));
  }

  /** A password in the configuration is taken as it is, unless it is a key. */
  private static Credential inline(String username, Secret password) {
    if (!GoogleKey.isPasswordOf(username)) {
      return new Credential.Basic(username, password);
    }
    try {
      byte[] content = password.reveal().getBytes(StandardCharsets.UTF_8);
      return new Credential.Basic(username, GoogleKey.passwordOf(username, content));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "credentials.password of user '%s' cannot be used: %s."
              .formatted(username, e.getMessage()));
    }
  }

  private record FixedCredentialSource(Credential credential) implements CredentialSource {
    @Override
    public Mono<Credential> current(RepositoryAddress repository) {
      return Mono.just(credential);
    }

    @Override
    public void refused(Credential refused) {
      // There is no other.
    }
  }

  private record FileCredentialSource(WatchedFile<? extends Credential> file)
      implements CredentialSource {
    @Override
    public Mono<Credential> current(RepositoryAddress repository) {
      return file.current().cast(Credential.class);
    }

    @Override
    public void refused(Credential refused) {
      file.doubt();
    }
  }
}
