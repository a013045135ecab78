package dev.entrepot.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The real docker-registry on a free port, with its storage in a test's directory. */
public final class DockerRegistry implements AutoCloseable {

  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

  private static final String ANY_PORT = "127.0.0.1:0";

  private final Path directory;
  private final int port;
  private final boolean tls;
  private final RegistryPush push;
  private NativeProcess process;

  private DockerRegistry(
      Path directory, Optional<Tls> tls, Function<String, Optional<String>> authorization) {
    this.directory = directory;
    this.process = run(directory);
    var line = LISTENING.matcher(process.output());
    if (!line.find()) {
      process.close();
      throw new AssertionError("docker-registry does not say its port:\n" + process.output());
    }
    this.port = Integer.parseInt(line.group(1));
    this.tls = tls.isPresent();
    this.push =
        new RegistryPush(
            uri(), tls.map(Tls::authority).map(TestCertificates::trust), authorization);
  }

  /** The certificate to serve and the authority that signed it. */
  public record Tls(TestCertificates authority, TestCertificates.Issued certificate) {}

  /** Starts an open registry on plain HTTP. */
  public static DockerRegistry open(Path directory) {
    return open(directory, Optional.empty());
  }

  /** Starts an open registry. */
  public static DockerRegistry open(Path directory, Optional<Tls> tls) {
    return start(directory, tls, "", _ -> Optional.empty());
  }

  /** Starts a registry that wants Basic credentials. */
  public static DockerRegistry htpasswd(
      Path directory, Optional<Tls> tls, String user, String password) {
    var htpasswd = NativeProgram.require("htpasswd").toString();
    var entry =
        NativeProcess.run(
                directory.resolve("htpasswd"),
                Duration.ofSeconds(20),
                Map.of(),
                List.of(htpasswd, "-Bbn", user, password))
            .succeeded();
    var file = write(directory.resolve("users"), entry.output());
    var auth =
        """
        auth:
          htpasswd:
            realm: basic-realm
            path: %s
        """
            .formatted(file);
    return start(directory, tls, auth, _ -> Optional.of(RegistryGuard.basic(user, password)));
  }

  /**
   * Starts a registry that wants tokens of this server, which must write them as a {@link
   * JwtFormat} whose signer this authority knows, and must tell the real time.
   */
  public static DockerRegistry token(
      Path directory, Optional<Tls> tls, FakeTokenServer tokens, TestCertificates authority) {
    var auth =
        """
        auth:
          token:
            realm: %s
            service: %s
            issuer: %s
            rootcertbundle: %s
        """
            .formatted(
                tokens.realm(),
                tokens.service(),
                JwtFormat.ISSUER,
                authority.writeAuthority(directory));
    return start(
        directory,
        tls,
        auth,
        repository ->
            Optional.of("Bearer " + tokens.mint("repository:" + repository + ":pull,push")));
  }

  private static DockerRegistry start(
      Path directory,
      Optional<Tls> tls,
      String auth,
      Function<String, Optional<String>> authorization) {
    var files = tls.map(Tls::certificate).map(one -> one.write(directory, "registry"));
    var configuration =
        """
        version: 0.1
        log:
          level: info
        storage:
          filesystem:
            rootdirectory: %s
          delete:
            enabled: true
        http:
          addr: %s
        """
                .formatted(directory.resolve("storage"), ANY_PORT)
            + files
                .map(
                    pem ->
                        "  tls:\n    certificate: %s\n    key: %s\n"
                            .formatted(pem.certificate(), pem.key()))
                .orElse("")
            + auth;
    write(configuration(directory), configuration);
    return new DockerRegistry(directory, tls, authorization);
  }

  private static Path configuration(Path directory) {
    return directory.resolve("registry.yml");
  }

  private static NativeProcess run(Path directory) {
    var program = NativeProgram.require("docker-registry").toString();
    var command = List.of(program, "serve", configuration(directory).toString());
    var process = NativeProcess.start(directory.resolve("registry.log"), Map.of(), command);
    try {
      process.awaitOutput("listening on");
      return process;
    } catch (AssertionError broken) {
      process.close();
      throw broken;
    }
  }

  /** Ends the program; what was pushed stays. */
  public void stop() {
    process.close();
  }

  /** Starts the program again, on the port it had. Its log begins anew. */
  public void startAgain() {
    var file = configuration(directory);
    try {
      write(file, Files.readString(file).replace(ANY_PORT, authority()));
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to read " + file + " but could not", broken);
    }
    process = run(directory);
  }

  /** Pushes an image under this tag. */
  public DockerRegistry push(TestImage image, String repository, String tag) {
    image.blobs().forEach(blob -> push.blob(repository, blob.digest(), blob.body()));
    push.manifest(repository, image.manifest(), tag);
    return this;
  }

  /** Pushes an index and its images, the index under this tag. */
  public DockerRegistry push(TestIndex index, String repository, String tag) {
    index.images().forEach(image -> push(image, repository, image.digest()));
    push.manifest(repository, index.manifest(), tag);
    return this;
  }

  /** The origin, with a slash at the end. */
  public URI uri() {
    return URI.create((tls ? "https://" : "http://") + authority() + "/");
  }

  /** {@code 127.0.0.1:port}. */
  public String authority() {
    return "127.0.0.1:" + port;
  }

  /** How many requests of this method had this text in their target, whatever the answer. */
  public long count(String method, String targetContains) {
    // Its access log has lines such as: 127.0.0.1 - - [date] "GET /v2/ HTTP/1.1" 200 …
    return log()
        .lines()
        .filter(line -> line.contains("] \"" + method + " ") && line.contains(targetContains))
        .count();
  }

  public int port() {
    return port;
  }

  /** The id of its process. */
  public long processId() {
    return process.id();
  }

  /** What the registry logged, one line for each request among it. */
  public String log() {
    return process.output();
  }

  @Override
  public void close() {
    push.close();
    process.close();
  }

  private static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write " + file + " but could not", broken);
    }
  }
}
