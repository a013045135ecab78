package dev.entrepot.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that looks after the cache. */
final class StockOptions {

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description =
          "The admin API of a running server, by address or localhost, such as"
              + " http://127.0.0.1:5444; otherwise the one at"
              + " entrepot.admin.listen if it has our cache open, else the directory itself.")
  private @Nullable String admin;

  @Option(
      names = {"-v", "--verbose"},
      description = "Say whether a running server or the directory itself is used.")
  private boolean verbose;

  Optional<URI> admin() {
    if (admin == null) {
      return Optional.empty();
    }
    try {
      URI url = new URI(admin);
      if (isHttp(url.getScheme()) && url.getHost() != null) {
        return Optional.of(url);
      }
    } catch (URISyntaxException _) {
      // Told like all else that is none.
    }
    throw new UsageException("--admin: '%s' is no http://HOST:PORT".formatted(admin));
  }

  private static boolean isHttp(@Nullable String scheme) {
    return "http".equals(scheme) || "https".equals(scheme);
  }

  boolean verbose() {
    return verbose;
  }
}
