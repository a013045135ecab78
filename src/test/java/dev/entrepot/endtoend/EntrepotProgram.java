package dev.entrepot.endtoend;

import dev.entrepot.Entrepot;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.NativeProcess;
import dev.entrepot.testing.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The program in a process of its own, started as a person starts it. */
final class EntrepotProgram implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern REGISTRY_API =
      Pattern.compile("serving the registry API url=(https?://\\S+)");
  private static final Pattern ADMIN = Pattern.compile("Netty started on port (\\d+)");

  private final Path home;
  private final NativeProcess process;

  private EntrepotProgram(Path home, NativeProcess process) {
    this.home = home;
    this.process = process;
  }

  /** A configuration that knows this registry, as {@code registry.test}, and no other. */
  static String before(FakeRegistry registry) {
    return """
    builtin-upstreams: false
    upstreams:
    - match: registry.test
      endpoints: [%s]
    """
        .formatted(registry.uri());
  }

  /**
   * Runs {@code serve} and returns when it is ready.
   *
   * @param home where its cache and certificates are, and stay when it is started again
   * @param yaml what stands under {@code entrepot:} in its configuration
   */
  static EntrepotProgram serve(Path home, String yaml, String... flags) {
    return serve(Jvm.USUAL, home, yaml, flags);
  }

  /** The same in a certain JVM. */
  static EntrepotProgram serve(Jvm jvm, Path home, String yaml, String... flags) {
    var program = begin(jvm, home, yaml, flags);
    try {
      program.process.awaitOutput("serving the registry API", PATIENCE);
      program.awaitReadiness(200);
      return program;
    } catch (AssertionError | RuntimeException broken) {
      program.close();
      throw broken;
    }
  }

  /** Runs {@code serve} and does not wait. */
  static EntrepotProgram begin(Path home, String yaml, String... flags) {
    return begin(Jvm.USUAL, home, yaml, flags);
  }

  /** The same in a certain JVM. */
  static EntrepotProgram begin(Jvm jvm, Path home, String yaml, String... flags) {
    var words =
        new ArrayList<>(
            List.of(
                "serve",
                "--config",
                configuration(home, yaml).toString(),
                "--entrepot.listen=127.0.0.1:0",
                "--entrepot.admin.listen=127.0.0.1:0",
                "--entrepot.tls.directory=" + home.resolve("certs"),
                "--entrepot.cache.directory=" + home.resolve("cache"),
                "--logging.level.org.springframework.boot.reactor.netty=INFO"));
    words.addAll(List.of(flags));
    return new EntrepotProgram(home, run(jvm, home, words.toArray(String[]::new)));
  }

  /** Runs any command line of it; temporary files go to {@code home}. */
  static NativeProcess run(Path home, String... arguments) {
    return run(Jvm.USUAL, home, arguments);
  }

  /**
   * How the JVM is started.
   *
   * @param before a command that runs it, if any
   */
  record Jvm(List<String> before, List<String> flags) {

    static final Jvm USUAL = new Jvm(List.of(), List.of("-XX:TieredStopAtLevel=1"));

    /** As in the container image. */
    static final Jvm IMAGE =
        with(
            "-XX:+UseCompactObjectHeaders",
            "-Xms32m",
            "-Xmx192m",
            "-Xmn8m",
            "-XX:SurvivorRatio=4",
            "-XX:ReservedCodeCacheSize=24m",
            "-XX:TrimNativeHeapInterval=5000");

    /** With these flags and no others. */
    static Jvm with(String... flags) {
      return new Jvm(List.of(), List.of(flags));
    }
  }

  private static NativeProcess run(Jvm jvm, Path home, String... arguments) {
    var command = new ArrayList<>(jvm.before());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm.flags());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.io.tmpdir=" + home,
            "-cp",
            System.getProperty("java.class.path"),
            Entrepot.class.getName()));
    command.addAll(List.of(arguments));
    // No proxy of the machine's may stand between it and its upstreams; arenas as in the image.
    var environment =
        Map.of("NO_PROXY", "127.0.0.1", "no_proxy", "127.0.0.1", "MALLOC_ARENA_MAX", "2");
    try {
      var output = Files.createTempFile(Files.createDirectories(home), "entrepot", ".log");
      return NativeProcess.start(output, environment, command);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to use " + home + " but could not", broken);
    }
  }

  /** Writes the configuration of a program that does not run yet. */
  static Path configuration(Path home, String yaml) {
    try {
      Files.createDirectories(home);
      return Files.writeString(home.resolve("entrepot.yaml"), "entrepot:\n" + yaml.indent(2));
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to configure " + home + " but could not", broken);
    }
  }

  /**
   * Writes its configuration file anew while it runs.
   *
   * @param yaml what stands under {@code entrepot:}
   */
  void configure(String yaml) {
    configuration(home, yaml);
  }

  /** Where its registry API is. */
  URI uri() {
    return URI.create(found(REGISTRY_API));
  }

  /** Where its health and metrics are. */
  URI admin() {
    return URI.create("http://127.0.0.1:" + found(ADMIN));
  }

  /** The authority that clients have to trust. */
  Path ca() {
    return home.resolve("certs/ca.crt");
  }

  /** A connection to the registry API that trusts its authority. */
  HttpProbe connect() {
    return HttpProbe.connect(uri(), TestCertificates.trust(ca()), "127.0.0.1");
  }

  /** Blocks until {@code /readyz} answers this status. */
  void awaitReadiness(int status) {
    Await.until(
        "/readyz to answer " + status, () -> HttpProbe.get(admin(), "/readyz").status() == status);
  }

  /** Blocks until it serves, or has ended; says which. */
  boolean awaitServingOrEnd(Duration patience) {
    Await.until(
        "the program to serve or to end",
        patience,
        () -> output().contains("serving the registry API") || !process.isAlive());
    return output().contains("serving the registry API");
  }

  /** Blocks until a new connection to the registry API is refused. */
  void awaitNoMoreConnections() {
    Await.until("new connections to be refused", () -> !acceptsConnections());
  }

  private boolean acceptsConnections() {
    try (var _ = connect()) {
      return true;
    } catch (UncheckedIOException refused) {
      return false;
    }
  }

  /** The memory resident now ({@code RSS}) or at the most so far ({@code HWM}), in MiB. */
  long residentMebibytes(String kind) {
    try (var lines = Files.lines(Path.of("/proc/" + process.id() + "/status"))) {
      return lines
          .filter(line -> line.startsWith("Vm" + kind + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElseThrow();
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to read its memory but could not", broken);
    }
  }

  /** How many files and connections it has open. */
  int openFiles() {
    try (var open = Files.list(Path.of("/proc/" + process.id() + "/fd"))) {
      return (int) open.count();
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to list what it has open but could not", broken);
    }
  }

  NativeProcess process() {
    return process;
  }

  String output() {
    return process.output();
  }

  @Override
  public void close() {
    process.close();
  }

  private String found(Pattern line) {
    var matcher = line.matcher(output());
    if (!matcher.find()) {
      throw new AssertionError("'" + line + "' is not in what the program said:\n" + output());
    }
    return matcher.group(1);
  }
}
