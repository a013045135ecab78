package dev.entrepot.cli;

import dev.entrepot.upstream.UpstreamBinding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Finds the configuration and reads it: one file, which environment variables and flags override.
 * Unknown keys and bad values are refused before anything is started.
 */
final class SettingsLoader {

  private static final List<Path> USUAL_FILES =
      List.of(Path.of("entrepot.yaml"), Path.of("/etc/entrepot/entrepot.yaml"));
  private static final String ADDITIONAL_LOCATION = "spring.config.additional-location";

  private SettingsLoader() {}

  /**
   * Reads the configuration.
   *
   * @param file the file the person named, if any
   * @param overrides flags such as {@code --entrepot.cache.max-size=50GB}
   * @throws ConfigurationException if it cannot be used
   */
  static LoadedSettings load(Optional<Path> file, List<String> overrides) {
    return read(file.map(SettingsLoader::existing).or(SettingsLoader::usual), overrides);
  }

  /** Reads the built-in defaults and the flags, whatever files lie around. */
  static LoadedSettings loadDefaults(List<String> overrides) {
    return read(Optional.empty(), overrides);
  }

  private static LoadedSettings read(Optional<Path> found, List<String> overrides) {
    ConfigurableEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .addFirst(new SimpleCommandLinePropertySource(overrides.toArray(String[]::new)));
    found.ifPresent(path -> environment.getPropertySources().addLast(location(path)));
    try {
      ConfigDataEnvironmentPostProcessor.applyTo(environment);
      ConfigurationPropertySources.attach(environment);
      Settings settings =
          Binder.get(environment)
              .bindOrCreate(
                  Settings.PREFIX,
                  Bindable.of(Settings.class),
                  new UpstreamBinding(new OnlyKnownKeys(new UnboundElementsSourceFilter()::apply)));
      return new LoadedSettings(settings, environment, found, overrides);
    } catch (RuntimeException e) {
      throw ConfigurationProblem.describe(e, found);
    }
  }

  private static MapPropertySource location(Path file) {
    Map<String, Object> values = new HashMap<>();
    values.put(ADDITIONAL_LOCATION, file.toAbsolutePath().toUri().toString());
    return new MapPropertySource("entrepot file", values);
  }

  private static Path existing(Path file) {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new ConfigurationException(
          "tried to read the configuration " + file + " but there is no such readable file");
    }
    return file;
  }

  /** The configuration file in one of its usual places, if there is one. */
  static Optional<Path> usual() {
    return USUAL_FILES.stream().filter(Files::isReadable).findFirst();
  }

  /**
   * The settings and where they came from.
   *
   * @param environment for what else Boot reads, such as {@code logging.level.*}
   * @param overrides the flags that won over the file
   */
  record LoadedSettings(
      Settings settings,
      ConfigurableEnvironment environment,
      Optional<Path> file,
      List<String> overrides) {}
}
