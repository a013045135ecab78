package dev.entrepot.credentials.docker;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.credentials.exec.DockerHelper;
import dev.entrepot.oci.RepositoryAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * The credentials of one docker configuration, in docker's order: the registry's own helper, else
 * the store that holds all, else the file. What helpers gave goes when the configuration goes.
 */
record DockerCredentials(DockerConfig config, Map<String, CredentialSource> helpers)
    implements CredentialSource {

  DockerCredentials {
    helpers = Map.copyOf(helpers);
  }

  static DockerCredentials of(
      DockerConfig config, List<EnvironmentVariable> environment, CredentialContext context) {
    return new DockerCredentials(
        config,
        config.helpers().stream()
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    word ->
                        new MintingSource(
                            DockerHelper.called(
                                word, environment, DockerHelper.CACHE_DURATION, context.clock()),
                            context))));
  }

  @Override
  public Mono<Credential> current(RepositoryAddress repository) {
    Optional<String> own = config.helperOf(repository.registry());
    if (own.isPresent()) {
      return own.get().isEmpty()
          ? Mono.just(config.written(repository))
          : ask(own.get(), repository);
    }
    return config
        .store()
        .map(store -> askOrRead(store, repository))
        .orElseGet(() -> Mono.just(config.written(repository)));
  }

  @Override
  public void refused(Credential credential) {
    helpers.values().forEach(helper -> helper.refused(credential));
  }

  /** The file counts where the store holds nothing or cannot be asked. */
  private Mono<Credential> askOrRead(String store, RepositoryAddress repository) {
    Credential written = config.written(repository);
    return written instanceof Credential.Anonymous
        ? ask(store, repository)
        : ask(store, repository)
            .map(held -> held instanceof Credential.Anonymous ? written : held)
            .onErrorReturn(CredentialException.class, written);
  }

  private Mono<Credential> ask(String helper, RepositoryAddress repository) {
    return Objects.requireNonNull(helpers.get(helper)).current(repository);
  }
}
