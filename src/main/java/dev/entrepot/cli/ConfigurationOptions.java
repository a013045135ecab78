package dev.entrepot.cli;

import dev.entrepot.cli.SettingsLoader.LoadedSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** The options of every command that reads the configuration. */
final class ConfigurationOptions {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "The configuration file; otherwise ./entrepot.yaml, /etc/entrepot/entrepot.yaml, or the",
        "built-in defaults. Any key can also be a flag: --entrepot.cache.max-size=50GB"
      })
  private @Nullable Path file;

  @Unmatched private List<String> flags = new ArrayList<>();

  LoadedSettings load() {
    for (String flag : flags) {
      if (!isKey(flag)) {
        throw new UsageException(
            "'" + flag + "' is no option here; `--help` lists them, keys are --entrepot.key=value");
      }
    }
    return SettingsLoader.load(Optional.ofNullable(file), flags);
  }

  private static boolean isKey(String flag) {
    return (flag.startsWith("--entrepot.") || flag.startsWith("--logging."))
        && flag.indexOf('=') > 0;
  }
}
