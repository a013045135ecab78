package dev.entrepot.credentials.docker;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** Takes the credential of each repository from a docker configuration file and its helpers. */
public final class DockerConfigCredentialSource implements CredentialSource {

  private final WatchedFile<DockerCredentials> file;

  /** Reads the file; fails with {@link IllegalArgumentException} if it cannot be used. */
  public DockerConfigCredentialSource(Path file, CredentialContext context) {
    this(file, List.of(), context);
  }

  DockerConfigCredentialSource(
      Path file, List<EnvironmentVariable> helperEnvironment, CredentialContext context) {
    this.file =
        WatchedFile.of(
            "credentials.file",
            fileIn(file),
            content ->
                DockerCredentials.of(DockerConfig.parse(content), helperEnvironment, context),
            context);
  }

  @Override
  public Mono<Credential> current(RepositoryAddress repository) {
    return file.current().flatMap(credentials -> credentials.current(repository));
  }

  @Override
  public void refused(Credential credential) {
    file.doubt();
    file.latest().refused(credential);
  }

  /** A mounted secret is a directory with one file of a known name. */
  private static Path fileIn(Path file) {
    return Files.isDirectory(file)
        ? Stream.of(".dockerconfigjson", "config.json", ".dockercfg")
            .map(file::resolve)
            .filter(Files::exists)
            .findFirst()
            .orElse(file.resolve(".dockerconfigjson"))
        : file;
  }
}
