package dev.entrepot.endtoend;

import dev.entrepot.testing.ArtifactRegistry;
import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.FakeAcr;
import dev.entrepot.testing.FakeEcr;
import dev.entrepot.testing.FakeEntra;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.FakeProgram;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.MotoServer;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * One registry for each type of credential, with an image each. Everything secret has {@value
 * #CANARY} in it, or is a private key.
 */
final class EveryCredentialType implements AutoCloseable {

  static final String CANARY = "canary";

  private static final String PASSWORD = "canary-password";
  private static final String KEY_ID = "AKIAEXAMPLE000000001";
  private static final String KEY_SECRET = "canary-aws-secret";
  private static final String ACCOUNT = "puller@acme.iam.gserviceaccount.com";
  private static final String CLIENT = "99999999-2222-3333-4444-555555555555";

  /** What moto's tokens are made of. */
  private static final String MOTO_PASSWORD = "123456789012-auth-token";

  private final Path directory;
  private final InstantSource clock = InstantSource.system();
  private final List<AutoCloseable> running = new ArrayList<>();
  private final List<Image> images = new ArrayList<>();
  private final StringBuilder rules = new StringBuilder("builtin-upstreams: false\nupstreams:\n");

  private EveryCredentialType(Path directory) {
    this.directory = directory;
  }

  /** An image as a pod names it, and the digest of its configuration. */
  record Image(String name, String id) {}

  static EveryCredentialType start(Path directory) {
    var all = new EveryCredentialType(directory);
    try {
      all.anonymous();
      all.passwords();
      all.bearer();
      all.google();
      all.ecr();
      all.ecrPublic();
      all.azure();
      return all;
    } catch (RuntimeException | AssertionError broken) {
      all.close();
      throw broken;
    }
  }

  List<Image> images() {
    return List.copyOf(images);
  }

  /** What a person writes into entrepot.yaml to have them all. */
  String configuration() {
    return rules.toString();
  }

  private void anonymous() {
    var image = TestImage.create(2000);
    var registry = started(DockerRegistry.open(in("anonymous")).push(image, "library/web", "1.0"));
    rule("docker.io", registry.uri(), "{type: anonymous}", "library/web:1.0", image);
  }

  /** All that end in a user and a password, for one real registry. */
  private void passwords() {
    var registry =
        started(DockerRegistry.htpasswd(in("basic"), Optional.empty(), "robot", PASSWORD));
    var plugin =
        FakeProgram.in(in("plugins"), "example-credential-provider")
            .says(FakeProgram.pluginAnswer("Registry", "1h", "*.corp.test", "robot", PASSWORD));
    var helper =
        FakeProgram.in(in("helpers"), "docker-credential-example")
            .says(FakeProgram.helperAnswer("robot", PASSWORD));
    var docker =
        """
        {"auths":{"docker.corp.test":{"auth":"%s"}}}"""
            .formatted(
                Base64.getEncoder()
                    .encodeToString(("robot:" + PASSWORD).getBytes(StandardCharsets.UTF_8)));
    var kubelet =
        """
        apiVersion: kubelet.config.k8s.io/v1
        kind: CredentialProviderConfig
        providers:
        - name: example-credential-provider
          apiVersion: credentialprovider.kubelet.k8s.io/v1
          matchImages: ["*.corp.test"]
          defaultCacheDuration: 1h
        """;
    var ways =
        List.of(
            "basic: {type: basic, username: robot, password-file: %s}"
                .formatted(file("password", PASSWORD)),
            "docker: {type: docker-config, file: %s}".formatted(file("config.json", docker)),
            "exec: {type: exec, command: %s}".formatted(plugin.path()),
            "kubelet: {type: exec, config: %s, bin-directory: %s}"
                .formatted(file("kubelet.yaml", kubelet), plugin.path().getParent()),
            "helper: {type: helper, command: %s}".formatted(helper.path()));
    for (int i = 0; i < ways.size(); i++) {
      var way = ways.get(i).split(": ", 2);
      var image = TestImage.create(2100 + i);
      registry.push(image, way[0] + "/app", "v1");
      rule(way[0] + ".corp.test", registry.uri(), way[1], way[0] + "/app:v1", image);
    }
  }

  private void bearer() {
    var image = TestImage.create(2200);
    var registry =
        started(FakeRegistry.start())
            .protect(new RegistryAuth.Fixed("canary-token"))
            .push("team/app", image, "v1");
    rule(
        "bearer.test",
        registry.uri(),
        "{type: bearer, token-file: %s}".formatted(file("token", "canary-token")),
        "team/app:v1",
        image);
  }

  private void google() {
    var image = TestImage.create(2300);
    var google = started(FakeGoogle.start(clock));
    var registry = started(FakeRegistry.start()).push("acme/images/app", image, "v1");
    ArtifactRegistry.protecting(registry, google).allow(ACCOUNT);
    rules.append(
        upstream(
            "**.pkg.dev",
            registry.uri(),
            "{type: google, key-file: %s}".formatted(file("key.json", google.keyOf(ACCOUNT)))));
    image("europe-docker.pkg.dev/acme/images/app:v1", image);
  }

  /** The SDK speaks to moto, and a real registry takes what moto minted. */
  private void ecr() {
    var image = TestImage.create(2400);
    var moto = started(MotoServer.start(in("moto")));
    var registry =
        started(DockerRegistry.htpasswd(in("ecr"), Optional.empty(), "AWS", MOTO_PASSWORD))
            .push(image, "team/app", "v1");
    rules.append(
        upstream(
            "*.dkr.ecr.*.amazonaws.com",
            registry.uri(),
            "{type: ecr, access-key-id: %s, secret-access-key-file: %s, endpoint: \"%s\"}"
                .formatted(KEY_ID, file("aws", KEY_SECRET), moto.uri())));
    image("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1", image);
  }

  private void ecrPublic() {
    var image = TestImage.create(2500);
    var aws = started(FakeEcr.start(clock)).allow(KEY_ID, KEY_SECRET);
    var registry =
        started(FakeRegistry.start())
            .protect(new RegistryAuth.Ecr(aws))
            .push("acme/app", image, "v1");
    rule(
        "public.ecr.aws",
        registry.uri(),
        "{type: ecr-public, access-key-id: %s, secret-access-key-file: %s, endpoint: \"%s\"}"
            .formatted(KEY_ID, file("aws", KEY_SECRET), aws.uri()),
        "acme/app:v1",
        image);
  }

  private void azure() {
    var image = TestImage.create(2600);
    var entra =
        started(FakeEntra.start(clock))
            .allowSecret(CLIENT, "canary-client-secret")
            .marking("canary-entra");
    var registry = started(FakeRegistry.start()).push("team/app", image, "v1");
    FakeAcr.of(registry, entra, clock).marking("canary-acr");
    rule(
        "acme.azurecr.io",
        registry.uri(),
        "{type: azure, tenant-id: %s, client-id: %s, client-secret-file: %s, authority: \"%s\"}"
            .formatted(
                FakeEntra.TENANT, CLIENT, file("azure", "canary-client-secret"), entra.uri()),
        "team/app:v1",
        image);
  }

  private void rule(String host, URI endpoint, String credentials, String name, TestImage image) {
    rules.append(upstream(host, endpoint, credentials));
    image(host + "/" + name, image);
  }

  private void image(String name, TestImage image) {
    images.add(new Image(name, image.config().digest()));
  }

  private static String upstream(String match, URI endpoint, String credentials) {
    return """
    - match: "%s"
      endpoints: ["%s"]
      credentials: %s
    """
        .formatted(match, endpoint, credentials);
  }

  private <T extends AutoCloseable> T started(T part) {
    running.add(part);
    return part;
  }

  private Path file(String name, String content) {
    try {
      return Files.writeString(in("secrets").resolve(name), content);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write a secret but could not", broken);
    }
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
    for (var part : running.reversed()) {
      try {
        part.close();
      } catch (Exception broken) {
        throw new IllegalStateException("tried to stop a part of the test but could not", broken);
      }
    }
  }
}
