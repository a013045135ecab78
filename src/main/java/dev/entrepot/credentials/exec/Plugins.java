package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.oci.RepositoryAddress;
import java.util.List;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Plugins that are asked together, each for the images that it is for.
 *
 * @param skipped those that cannot be run here
 */
record Plugins(List<Plugin> plugins, List<Provider> skipped) implements CredentialSource {

  Plugins {
    plugins = List.copyOf(plugins);
    skipped = List.copyOf(skipped);
  }

  @Override
  public Mono<Credential> current(RepositoryAddress repository) {
    String image = repository.toString();
    return Flux.fromIterable(plugins)
        .filter(plugin -> plugin.isFor(image))
        .flatMapSequential(
            plugin ->
                plugin
                    .answer(image)
                    .<Attempt>map(Attempt.Answered::new)
                    .onErrorResume(
                        CredentialException.class, no -> Mono.just(new Attempt.Failed(no))))
        .collectList()
        .map(attempts -> choose(attempts, image));
  }

  @Override
  public void refused(Credential credential) {
    plugins.forEach(plugin -> plugin.refused(credential));
  }

  /** A plugin that fails matters only if no other has a credential, as for kubelet. */
  private Credential choose(List<Attempt> attempts, String image) {
    List<PluginAnswer> answers =
        attempts.stream()
            .flatMap(
                attempt ->
                    attempt instanceof Attempt.Answered(PluginAnswer answer)
                        ? Stream.of(answer)
                        : Stream.empty())
            .toList();
    return new Keyring(answers)
        .find(image)
        .orElseGet(
            () -> {
              for (Attempt attempt : attempts) {
                if (attempt instanceof Attempt.Failed(CredentialException failure)) {
                  throw failure;
                }
              }
              refuseSkipped(image);
              return new Credential.Anonymous();
            });
  }

  private void refuseSkipped(String image) {
    skipped.stream()
        .filter(provider -> provider.isFor(image))
        .findFirst()
        .ifPresent(
            provider -> {
              throw CredentialException.denied(
                  "plugin %s needs a pod's service account token, which only a kubelet has"
                      .formatted(provider.name()));
            });
  }

  private sealed interface Attempt {
    record Answered(PluginAnswer answer) implements Attempt {}

    record Failed(CredentialException failure) implements Attempt {}
  }
}
