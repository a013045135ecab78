package dev.entrepot.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The containerd installed on this machine, run with a state of its own. */
record RealContainerd(Process process, Path socket) {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How a command of {@code ctr} ended and what it said. */
  record Result(int exitCode, String output) {}

  /**
   * Starts it, or skips the test where it is missing; a machine with {@code CI=true} must have it.
   */
  static RealContainerd start(Path directory) throws IOException, InterruptedException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can run containerd");
    var missing = missing();
    if ("true".equals(System.getenv("CI"))) {
      assertThat(missing).as("CI must have containerd").isEmpty();
    }
    assumeTrue(missing.isEmpty(), missing);
    Files.createDirectories(directory);
    var socket = directory.resolve("c.sock");
    var config = directory.resolve("config.toml");
    Files.writeString(
        config,
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
          address = "%2$s"
        [ttrpc]
          address = "%2$s.ttrpc"
        """
            .formatted(directory, socket));
    var process =
        command("containerd", "--config", config.toString(), "--log-level", "warn")
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    var containerd = new RealContainerd(process, socket);
    try (var watch = directory.getFileSystem().newWatchService()) {
      directory.register(watch, ENTRY_CREATE);
      while (!Files.exists(socket)) {
        var key = watch.poll(PATIENCE.toSeconds(), SECONDS);
        assertThat(key).as("containerd's socket %s", socket).isNotNull();
        key.reset();
      }
    }
    return containerd;
  }

  /** Fetches an image's content, finding its registry's hosts.toml under {@code certs}. */
  Result pull(String image, Path certs) throws IOException, InterruptedException {
    var fetch =
        command(
                "ctr",
                "--address",
                socket.toString(),
                "content",
                "fetch",
                "--hosts-dir",
                certs.toString(),
                image)
            .start();
    var output = new String(fetch.getInputStream().readAllBytes(), UTF_8);
    return new Result(fetch.waitFor(), output);
  }

  void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(PATIENCE)) {
      process.destroyForcibly();
    }
  }

  private static String missing() {
    var path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.of("containerd", "ctr")
        .filter(
            program ->
                Stream.of(path.split(":"))
                    .noneMatch(folder -> Files.isExecutable(Path.of(folder, program))))
        .findFirst()
        .map(program -> program + " is not installed (Debian: apt-get install containerd)")
        .orElse("");
  }

  private static ProcessBuilder command(String... words) {
    var builder = new ProcessBuilder(words).redirectErrorStream(true);
    // No proxy of the machine's may stand between containerd and the mirror.
    var path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", path));
    return builder;
  }
}
