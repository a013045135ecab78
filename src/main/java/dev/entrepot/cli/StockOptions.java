package dev.entrepot.cli;

import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that looks after the cache. */
final class StockOptions {

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description =
          "The admin API of a running server, such as http://127.0.0.1:5444; otherwise the one at"
              + " entrepot.admin.listen if it has our cache open, else the directory itself.")
  private @Nullable URI admin;

  @Option(
      names = {"-v", "--verbose"},
      description = "Say whether a running server or the directory itself is used.")
  private boolean verbose;

  Optional<URI> admin() {
    return Optional.ofNullable(admin);
  }

  boolean verbose() {
    return verbose;
  }
}
