package dev.entrepot.credentials;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RepositoryAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** Takes the credential of each repository from a docker configuration file. */
final class DockerConfigCredentialSource implements CredentialSource {

  private final WatchedFile<DockerConfig> file;

  DockerConfigCredentialSource(Path file, InstantSource clock, Meters meters) {
    this.file =
        new WatchedFile<>("credentials.file", fileIn(file), DockerConfig::parse, clock, meters);
  }

  @Override
  public Mono<Credential> current(RepositoryAddress repository) {
    return file.current().map(config -> config.credentialFor(repository));
  }

  @Override
  public void refused(Credential credential) {
    file.doubt();
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
