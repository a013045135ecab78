package dev.entrepot.endtoend;

import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.JwtFormat;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** The four kinds of registry that a cluster pulls from, each with one image. */
final class FourRegistries implements AutoCloseable {

  /** What only Entrepot may know. */
  static final String SECRET = "pa$$ wörd: 1";

  private static final String USER = "robot";

  private final Path directory;
  private final TestCertificates authority = TestCertificates.create();
  private final TestIndex hubIndex = TestIndex.create(100);
  private final TestImage basicImage =
      TestImage.recipe(200).docker().layer(3_000_000).layer(10_000).build();
  private final TestImage tokenImage = TestImage.recipe(300).layer(400_000).build();
  private final TestImage tlsImage = TestImage.create(400);
  private final FakeTokenServer tokens;
  private final DockerRegistry hub;
  private final DockerRegistry basic;
  private final DockerRegistry token;
  private final DockerRegistry tls;

  private FourRegistries(Path directory) {
    this.directory = directory;
    this.tokens =
        FakeTokenServer.start(InstantSource.system())
            .format(new JwtFormat(authority.rsa("token server")))
            .allow(USER, SECRET);
    this.hub = DockerRegistry.open(in("hub")).push(hubIndex, "library/web", "1.0");
    this.basic =
        DockerRegistry.htpasswd(in("basic"), Optional.empty(), USER, SECRET)
            .push(basicImage, "team/app", "v1");
    this.token =
        DockerRegistry.token(in("token"), Optional.empty(), tokens, authority)
            .push(tokenImage, "deep/er/app", "v1");
    this.tls =
        DockerRegistry.open(
                in("tls"), Optional.of(new DockerRegistry.Tls(authority, authority.local())))
            .push(tlsImage, "app", "latest");
  }

  static FourRegistries start(Path directory) {
    return new FourRegistries(directory);
  }

  /**
   * An image as a pod names it.
   *
   * @param repository with its registry
   * @param id the digest of its configuration, by which containerd knows it
   */
  record Named(String repository, String tag, String digest, String id) {

    String byTag() {
      return repository + ":" + tag;
    }

    String byDigest() {
      return repository + "@" + digest;
    }
  }

  List<Named> images() {
    var id = hubIndex.images().getFirst().config().digest();
    return List.of(
        new Named("docker.io/library/web", "1.0", hubIndex.manifest().digest(), id),
        named("basic.registry.test/team/app", "v1", basicImage),
        named("token.registry.test/deep/er/app", "v1", tokenImage),
        named("tls.registry.test:5000/app", "latest", tlsImage));
  }

  private static Named named(String repository, String tag, TestImage image) {
    return new Named(repository, tag, image.digest(), image.config().digest());
  }

  /** What a person writes into entrepot.yaml to have them all. */
  String configuration() {
    return """
    builtin-upstreams: false
    upstreams:
    - match: docker.io
      endpoints: [%s]
    - match: basic.registry.test
      endpoints: [%s]
      credentials: {type: basic, username: %s, password-file: %s}
    - match: "token.*.test"
      endpoints: [%s]
      credentials: {type: basic, username: %s, password-file: %s}
      realm-hosts: ["%s"]
      private-network: true
    - match: tls.registry.test:5000
      endpoints: [%s]
      tls: {ca: %s}
    """
        .formatted(
            hub.uri(),
            basic.uri(),
            USER,
            secretFile(),
            token.uri(),
            USER,
            secretFile(),
            tokens.authority(),
            tls.uri(),
            authority.writeAuthority(directory));
  }

  private Path secretFile() {
    try {
      return Files.writeString(directory.resolve("secret"), SECRET + "\n");
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write a secret but could not", broken);
    }
  }

  /** How many requests they and the token server have seen. */
  long requests() {
    return tokens.calls()
        + registries().stream()
            .mapToLong(registry -> registry.count("GET", "/v2/") + registry.count("HEAD", "/v2/"))
            .sum();
  }

  /** The digest of every blob that was asked for with success, as often as it was. */
  List<String> downloads() {
    return registries().stream()
        .flatMap(registry -> registry.log().lines())
        .filter(line -> line.contains("] \"GET /v2/") && line.contains("/blobs/"))
        .filter(line -> line.contains(" HTTP/1.1\" 200 "))
        .map(line -> line.replaceAll(".*/blobs/(\\S+) .*", "$1"))
        .toList();
  }

  private List<DockerRegistry> registries() {
    return List.of(hub, basic, token, tls);
  }

  private Path in(String name) {
    try {
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to create a directory but could not", broken);
    }
  }

  @Override
  public void close() {
    registries().forEach(DockerRegistry::close);
    tokens.close();
  }
}
