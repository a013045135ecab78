package dev.entrepot.cli;

import dev.entrepot.testing.FakeRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands as they are typed, on a cache of their own in front of one registry. */
final class Commands {

  private final Path home;

  private Commands(Path home) {
    this.home = home;
  }

  /** What a command did. */
  record Result(int exitCode, String out, String err) {}

  static Commands in(Path home, FakeRegistry registry) throws IOException {
    Files.createDirectories(home);
    Files.writeString(
        home.resolve("entrepot.yaml"),
        """
        entrepot:
          builtin-upstreams: false
          admin: {listen: "127.0.0.1:0"}
          listen: 127.0.0.1:0
          tls: {enabled: false}
          cache: {directory: %s}
          upstreams:
          - match: registry.test
            endpoints: ["%s"]
        """
            .formatted(home.resolve("cache"), registry.uri()));
    return new Commands(home);
  }

  /** Runs the words with this cache's configuration. */
  Result run(String... words) {
    List<String> command = new ArrayList<>(List.of(words));
    command.addAll(List.of("--config", configuration().toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        EntrepotCommand.run(
            new PrintWriter(out, true), new PrintWriter(err, true), command.toArray(String[]::new));
    return new Result(exitCode, out.toString(), err.toString());
  }

  /** The same, failing unless it succeeds. */
  Result succeed(String... words) {
    Result result = run(words);
    if (result.exitCode() != 0) {
      throw new AssertionError(String.join(" ", words) + " failed: " + result);
    }
    return result;
  }

  Path configuration() {
    return home.resolve("entrepot.yaml");
  }

  Path cache() {
    return home.resolve("cache");
  }

  Path blob(String digest) {
    String hex = digest.substring("sha256:".length());
    return cache().resolve("blobs/sha256").resolve(hex.substring(0, 2)).resolve(hex);
  }
}
