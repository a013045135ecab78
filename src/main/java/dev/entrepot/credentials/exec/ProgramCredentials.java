package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.credentials.CredentialProperties.Exec;
import dev.entrepot.credentials.CredentialProperties.Helper;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.MintingSource;
import dev.entrepot.credentials.WatchedFile;
import dev.entrepot.oci.RepositoryAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Makes the sources that ask programs. */
public final class ProgramCredentials {

  private static final Logger log = LoggerFactory.getLogger(ProgramCredentials.class);

  private ProgramCredentials() {}

  /**
   * Asks a kubelet's plugins; fails with {@link IllegalArgumentException} if what the settings name
   * cannot be used.
   */
  public static CredentialSource of(Exec exec, CredentialContext context) {
    Path command = exec.command();
    if (command != null) {
      return new Plugins(List.of(plugin(exec, command.toAbsolutePath(), context)), List.of());
    }
    Path directory = Objects.requireNonNull(exec.binDirectory()).toAbsolutePath();
    return new ConfiguredPlugins(
        WatchedFile.of(
            "credentials.config",
            Objects.requireNonNull(exec.config()),
            content -> plugins(ProviderConfig.parse(content), directory, exec.env(), context),
            context));
  }

  /**
   * Asks a docker credential helper; fails with {@link IllegalArgumentException} if it is not
   * there.
   */
  public static CredentialSource of(Helper helper, CredentialContext context) {
    DockerHelper mint =
        DockerHelper.at(helper.command(), helper.env(), helper.cacheDuration(), context.clock());
    try {
      mint.locate();
    } catch (CredentialException e) {
      throw new IllegalArgumentException(
          "credentials.command is '%s', but %s.".formatted(helper.command(), e.getMessage()));
    }
    return new MintingSource(mint, context);
  }

  private static Plugin plugin(Exec exec, Path command, CredentialContext context) {
    if (!Provider.isApiVersion(exec.apiVersion())) {
      throw new IllegalArgumentException(
          "credentials.api-version is '%s'; write credentialprovider.kubelet.k8s.io/v1, or v1beta1 or v1alpha1 of it."
              .formatted(exec.apiVersion()));
    }
    if (!ProgramEnvironment.isProgram(command)) {
      throw new IllegalArgumentException(
          "credentials.command is '%s', which is no executable file.".formatted(command));
    }
    Provider provider =
        new Provider(
            String.valueOf(command.getFileName()),
            exec.apiVersion(),
            List.of(),
            exec.cacheDuration(),
            exec.args(),
            exec.env(),
            false);
    return new Plugin(provider, program(provider, command, List.of()), context);
  }

  private static Plugins plugins(
      List<Provider> providers,
      Path directory,
      List<EnvironmentVariable> env,
      CredentialContext context) {
    List<Plugin> plugins = new ArrayList<>();
    List<Provider> skipped = new ArrayList<>();
    for (Provider provider : providers) {
      Path executable = directory.resolve(provider.name());
      if (provider.needsServiceAccount()) {
        log.warn(
            "skipped credential plugin={} rule={}: it needs a pod's service account token, which only a kubelet has",
            provider.name(),
            context.rule());
        skipped.add(provider);
      } else if (ProgramEnvironment.isProgram(executable)) {
        plugins.add(new Plugin(provider, program(provider, executable, env), context));
      } else {
        throw new IllegalArgumentException(
            "it names the provider '%s', but '%s' is no executable file"
                .formatted(provider.name(), executable));
      }
    }
    return new Plugins(plugins, skipped);
  }

  private static Program program(
      Provider provider, Path executable, List<EnvironmentVariable> shared) {
    return new Program(
        "plugin " + provider.name(),
        executable,
        provider.arguments(),
        new ProgramEnvironment(
            Stream.concat(shared.stream(), provider.environment().stream()).toList()),
        Program.PATIENCE);
  }

  /** The plugins of a file that may change; what the old one's plugins said goes with it. */
  private record ConfiguredPlugins(WatchedFile<Plugins> file) implements CredentialSource {
    @Override
    public Mono<Credential> current(RepositoryAddress repository) {
      return file.current().flatMap(plugins -> plugins.current(repository));
    }

    @Override
    public void refused(Credential credential) {
      file.doubt();
      file.latest().refused(credential);
    }
  }
}
