package dev.entrepot.benchmark;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.NativeProcess;
import dev.entrepot.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Entrepot as its users run it: the packaged jar in a JVM of its own. */
final class EntrepotProcess implements AutoCloseable {

  /**
   * Those of the container image: a small young generation, room for the code that is used and a
   * malloc that gives back keep the process small; the heap still has room for the manifests that
   * are held in memory.
   */
  static final List<String> FLAGS =
      List.of(
          "-XX:+UseCompactObjectHeaders",
          "-XX:+UseSerialGC",
          "-Xmx192m",
          "-Xms32m",
          "-Xmn8m",
          "-XX:SurvivorRatio=4",
          "-XX:ReservedCodeCacheSize=24m",
          "-XX:TrimNativeHeapInterval=5000",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static final Pattern LISTENING =
      Pattern.compile("serving the registry API url=https://127\\.0\\.0\\.1:(\\d+)");

  /** On a machine that others use too, a JVM may take its time. */
  private static final Duration START = Duration.ofMinutes(2);

  private final NativeProcess process;
  private final int port;

  private EntrepotProcess(NativeProcess process) {
    this.process = process;
    Await.until("Entrepot to listen", START, () -> listening(process).find() || !process.isAlive());
    Matcher line = listening(process);
    if (!line.find()) {
      throw new AssertionError("Entrepot ended; it said:\n" + process.output());
    }
    this.port = Integer.parseInt(line.group(1));
  }

  private static Matcher listening(NativeProcess process) {
    return LISTENING.matcher(process.output());
  }

  /**
   * Starts it.
   *
   * @param flags of the JVM
   * @param settings lines of the configuration below {@code entrepot:}
   * @param arguments to the command line
   */
  static EntrepotProcess start(
      Path jar,
      List<String> flags,
      Path directory,
      TestCertificates.Issued certificate,
      String settings,
      String... arguments)
      throws IOException {
    var pem = certificate.write(Files.createDirectories(directory), "entrepot");
    String configuration =
        """
        entrepot:
          listen: 127.0.0.1:0
          admin: {listen: "127.0.0.1:0"}
          tls: {certificate: %s, private-key: %s}
          cache: {directory: %s, max-size: 20GB, min-free: 100MB}
          builtin-upstreams: false
          default-upstream: registry.example
        """
                .formatted(pem.certificate(), pem.key(), directory.resolve("cache"))
            + settings.indent(2);
    Path file = Files.writeString(directory.resolve("entrepot.yaml"), configuration);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-jar", jar.toString(), "serve", "--config", file.toString()));
    command.addAll(List.of(arguments));
    NativeProcess process =
        NativeProcess.start(
            directory.resolve("entrepot.log"), Map.of("MALLOC_ARENA_MAX", "2"), command);
    try {
      return new EntrepotProcess(process);
    } catch (AssertionError e) {
      process.close();
      throw e;
    }
  }

  Peer peer() {
    return Peer.local("entrepot", port, process.id());
  }

  @Override
  public void close() {
    process.close();
  }
}
