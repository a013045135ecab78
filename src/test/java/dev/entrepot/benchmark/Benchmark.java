package dev.entrepot.benchmark;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.springframework.util.FileSystemUtils;

/**
 * Compares Entrepot with nginx and docker-registry, all three serving the same bytes over TLS on
 * this machine. Prints what it saw and judges nothing by its exit code.
 */
final class Benchmark {

  private static final String REPOSITORY = "bench/warm";
  private static final String COLD_REPOSITORY = "bench/cold";
  private static final long WARM_BLOB = 256L << 20;
  private static final long COLD_BLOB = 200L << 20;
  private static final int COLD_CLIENTS = 50;
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration SHORT_WARM_UP = Duration.ofSeconds(3);

  private final PrintStream out =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
  private final TestCertificates authority = TestCertificates.create();
  private final TestCertificates.Issued certificate = authority.local();
  private final SSLContext trust = authority.trust();
  private final Path jar;
  private final List<String> flags;
  private final Path directory;

  private Benchmark(Path jar, List<String> flags, Path directory) {
    this.jar = jar;
    this.flags = flags;
    this.directory = directory;
  }

  /**
   * Takes the jar to measure and, after it, flags for its JVM in place of the usual ones. {@code
   * -Dbenchmark.parts=warm,hundred} measures only these; {@code -Dbenchmark.scale=0.1} and {@code
   * -Dbenchmark.runs=1} are for trying whether it works.
   */
  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("entrepot-benchmark");
    List<String> flags = List.of(arguments).subList(1, arguments.length);
    try {
      new Benchmark(
              Path.of(arguments[0]), flags.isEmpty() ? EntrepotProcess.FLAGS : flags, directory)
          .run(System.getProperty("benchmark.parts", ""));
    } finally {
      FileSystemUtils.deleteRecursively(directory);
    }
  }

  private void run(String wanted) throws IOException {
    Map<String, Part> parts = parts();
    List<String> names =
        wanted.isBlank() ? List.copyOf(parts.keySet()) : List.of(wanted.split(","));
    if (!parts.keySet().containsAll(names)) {
      throw new IllegalArgumentException(
          "benchmark.parts is '%s'; choose from %s".formatted(wanted, parts.keySet()));
    }
    introduce();
    for (String name : names) {
      parts.getOrDefault(name, () -> {}).run();
    }
  }

  private Map<String, Part> parts() throws IOException {
    Stage stage =
        new Stage(
            jar,
            flags,
            sub("stage"),
            authority,
            certificate,
            out,
            Double.parseDouble(System.getProperty("benchmark.scale", "1")),
            Integer.getInteger("benchmark.runs", 5));
    ColdBlobs cold = new ColdBlobs(stage);
    Crowds crowds = new Crowds(stage);
    Map<String, Part> parts = new LinkedHashMap<>();
    parts.put("warm", this::warm);
    parts.put("link", cold::throughALink);
    parts.put("first-byte", cold::firstByte);
    parts.put("pieces", cold::pieces);
    parts.put("hundred", crowds::hundred);
    parts.put("slow", crowds::slow);
    parts.put("herd", crowds::herd);
    return parts;
  }

  /** One thing that is measured. */
  private interface Part {
    void run() throws IOException;
  }

  private void warm() throws IOException {
    TestImage warm = image(1, WARM_BLOB);
    TestImage cold = image(2, COLD_BLOB);
    try (DockerRegistry registry =
            DockerRegistry.open(
                sub("docker-registry"),
                Optional.of(new DockerRegistry.Tls(authority, certificate)));
        Nginx nginx = Nginx.start(sub("nginx"), REPOSITORY, warm, certificate)) {
      registry.push(warm, REPOSITORY, "latest").push(cold, COLD_REPOSITORY, "latest");
      compare(registry, nginx, warm);
      memory(registry, cold);
    }
  }

  private static TestImage image(long seed, long size) {
    TestImage.Recipe recipe = TestImage.recipe(seed);
    for (int i = 0; i < 8; i++) {
      recipe.layer(1000 + i);
    }
    return recipe.layer(size).build();
  }

  private void introduce() {
    out.printf(
        "Entrepot's JVM: %s, flags %s%n",
        System.getProperty("java.vm.version"), String.join(" ", flags));
    out.printf(
        "%d processors, shared by the client and whichever server is being measured.%n",
        Runtime.getRuntime().availableProcessors());
    out.println(
        "TLS 1.3, AES-128-GCM, HTTP/1.1, loopback; the client counts records instead of decrypting.");
  }

  private void compare(DockerRegistry registry, Nginx nginx, TestImage image) throws IOException {
    String blob = "/v2/%s/blobs/%s".formatted(REPOSITORY, image.layers().getLast().digest());
    String small = "/v2/%s/blobs/%s".formatted(REPOSITORY, image.layers().get(1).digest());
    String manifest = "/v2/%s/manifests/%s".formatted(REPOSITORY, image.digest());
    try (EntrepotProcess entrepot = entrepot("warm", registry)) {
      List<Peer> peers =
          List.of(
              entrepot.peer(),
              nginx.peer(),
              Peer.local("docker-registry", registry.port(), registry.processId()));
      for (Peer peer : peers) {
        verify(peer, blob, image.layers().getLast().digest());
        verify(peer, manifest, image.digest());
      }
      BlobLoad one = new BlobLoad(blob, 1, trust);
      BlobLoad eight = new BlobLoad(blob, 8, trust);
      ManifestLoad manifests = new ManifestLoad(manifest, 64, 2, trust);
      warmUp(peers, eight);
      Contest alone = report("Warm 256 MiB blob, 1 client, MiB/s", one, peers);
      Contest crowd = report("Warm 256 MiB blob, 8 clients, MiB/s", eight, peers);
      report(
          "Warm blob of 1 KiB, 64 connections, requests/s",
          new ManifestLoad(small, 64, 2, trust),
          peers);
      warmUp(peers, manifests);
      Contest requests =
          report("Warm manifest by digest, 64 connections, requests/s", manifests, peers);
      out.printf(
          "%nEntrepot's resident memory after all that: %d MiB, at the most %d MiB%n",
          entrepot.peer().residentMebibytes("RSS"), entrepot.peer().residentMebibytes("HWM"));
      double slowest = Math.min(alone.ratio("entrepot", "nginx"), crowd.ratio("entrepot", "nginx"));
      double manifestRatio = requests.ratio("entrepot", "docker-registry");
      verdict(
          "blob ≥ 1.0 × nginx", slowest >= 1.0, "%.2f × (the lesser of 1 and 8 clients)", slowest);
      verdict(
          "manifests by digest ≥ 10 × docker-registry",
          manifestRatio >= 10,
          "%.1f ×",
          manifestRatio);
    }
  }

  private EntrepotProcess entrepot(String name, DockerRegistry upstream) throws IOException {
    Path place = sub(name);
    String settings =
        """
        upstreams:
          - match: registry.example
            endpoints: [%s]
            tls: {ca: %s}
        """
            .formatted(upstream.uri(), authority.writeAuthority(place));
    return EntrepotProcess.start(jar, flags, place, certificate, settings);
  }

  private void warmUp(List<Peer> peers, Load load) {
    for (Peer peer : peers) {
      load.run(peer, peer.name().equals("entrepot") ? WARM_UP : SHORT_WARM_UP);
    }
  }

  private Contest report(String title, Load load, List<Peer> peers) {
    Contest contest = new Contest(title, load).between(peers);
    contest.print(out);
    return contest;
  }

  /** One pull by a client that decrypts; Entrepot's first, which fills its cache. */
  private void verify(Peer peer, String path, String digest) throws IOException {
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(trust).version(HttpClient.Version.HTTP_1_1).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(peer.uri(path))
              .header("Accept", "application/vnd.oci.image.manifest.v1+json, */*")
              .build();
      Path file = directory.resolve("pulled");
      var response =
          client
              .sendAsync(request, BodyHandlers.ofFile(file, CREATE, WRITE, TRUNCATE_EXISTING))
              .orTimeout(60, SECONDS)
              .join();
      String found = Hashing.digest(Files.newInputStream(file));
      if (!found.equals(digest)) {
        throw new IllegalStateException(
            "tried to pull %s from %s but got %d and %s"
                .formatted(path, peer.name(), response.statusCode(), found));
      }
    }
  }

  private void memory(DockerRegistry registry, TestImage image) throws IOException {
    String blob = "/v2/%s/blobs/%s".formatted(COLD_REPOSITORY, image.layers().getLast().digest());
    try (EntrepotProcess entrepot = entrepot("cold", registry)) {
      long before = entrepot.peer().residentMebibytes("RSS");
      long begin = System.nanoTime();
      new BlobLoad(blob, COLD_CLIENTS, trust).once(entrepot.peer());
      double seconds = (System.nanoTime() - begin) / 1e9;
      long peak = entrepot.peer().residentMebibytes("HWM");
      out.printf(
          Locale.ROOT,
          "%nOne cold 200 MB blob, %d clients at once: %.1f s; resident %d MiB before, %d MiB at the most%n",
          COLD_CLIENTS,
          seconds,
          before,
          peak);
      verdict("resident ≤ 300 MiB", peak <= 300, "%.0f MiB", (double) peak);
    }
  }

  private void verdict(String goal, boolean reached, String seen, double value) {
    out.printf(Locale.ROOT, "%s: %s, " + seen + "%n", reached ? "REACHED" : "MISSED", goal, value);
  }

  private Path sub(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }
}
