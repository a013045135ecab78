package dev.entrepot.cli;

import dev.entrepot.cli.SettingsLoader.LoadedSettings;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of every command that reads the configuration. */
final class ConfigurationOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "The configuration file; otherwise ./entrepot.yaml, /etc/entrepot/entrepot.yaml, or the"
              + " built-in defaults. Any key can also be a flag: --entrepot.cache.max-size=50GB")
  private @Nullable Path file;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  ConfigurationOptions() {}

  LoadedSettings load() {
    return SettingsLoader.load(Optional.ofNullable(file), EntrepotCommand.keyFlags(command));
  }
}
