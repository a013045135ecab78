package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.NativeProcess;
import dev.entrepot.testing.NativeProgram;
import dev.entrepot.testing.Podman;
import dev.entrepot.testing.Skopeo;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import dev.entrepot.testing.TestingProxy;
import dev.entrepot.upstream.UpstreamProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that know no mirrors name the registry in the path, and trust our CA. */
final class ClientPullIT {

  private static final TestIndex PUBLIC = TestIndex.create(600);
  private static final TestImage PRIVATE = TestImage.recipe(700).layer(5_000_000).build();
  private static final String HUB_NAME = "docker.io/library/web";
  private static final String PRIVATE_NAME = "registry.example_5000/team/app";

  @TempDir private Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private FakeRegistry hub;
  private DockerRegistry corporate;
  private TestingProxy proxy;
  private Path trust;

  @SuppressWarnings("NullAway.Init") // set before each test
  ClientPullIT() {}

  @BeforeEach
  void start() throws IOException {
    hub = opened(FakeRegistry.start()).push("library/web", PUBLIC, "1.0");
    corporate =
        opened(DockerRegistry.htpasswd(directory, Optional.empty(), "robot", "secret"))
            .push(PRIVATE, "team/app", "v1");
    proxy =
        opened(
            TestingProxy.in(directory)
                .secured()
                .upstreams(
                    UpstreamProperties.of(
                        "docker.io", List.of(hub.uri()), CredentialProperties.anonymous()),
                    UpstreamProperties.of(
                        "registry.example:5000",
                        List.of(corporate.uri()),
                        CredentialProperties.basic("robot", "secret")))
                .start());
    trust = Files.createDirectory(directory.resolve("trust"));
    Files.writeString(trust.resolve("ca.crt"), proxy.authorityPem());
  }

  @AfterEach
  void stop() throws Exception {
    for (var one : opened.reversed()) {
      one.close();
    }
  }

  @Test
  void skopeoCopiesAPrivateImage() throws IOException {
    // Given
    var copy = directory.resolve("copy");

    // When
    new Skopeo(directory)
        .run(
            "copy",
            "--src-cert-dir",
            trust.toString(),
            "docker://" + proxy.authority() + "/" + PRIVATE_NAME + ":v1",
            "dir:" + copy)
        .succeeded();

    // Then
    assertThat(digestOf(copy.resolve("manifest.json"))).isEqualTo(PRIVATE.digest());
    for (var blob : PRIVATE.blobs()) {
      assertThat(digestOf(copy.resolve(blob.digest().substring("sha256:".length()))))
          .isEqualTo(blob.digest());
    }
  }

  @Test
  void podmanPullsOnceFromUpstreamAndThenFromTheCache() {
    // Given
    var podman = new Podman(directory);
    var image = proxy.authority() + "/" + HUB_NAME + ":1.0";

    // When
    podman.run("pull", "--cert-dir", trust.toString(), image).succeeded();
    var pulled = podman.run("inspect", "--type", "image", image).succeeded().output();
    int asked = hub.requests().size();
    podman.run("rmi", "--all", "--force").succeeded();
    podman.run("pull", "--cert-dir", trust.toString(), image).succeeded();

    // Then
    assertThat(pulled).contains(PUBLIC.manifest().digest());
    assertThat(hub.count("GET", "/blobs/")).isEqualTo(3);
    assertThat(hub.requests()).hasSize(asked);
  }

  @Test
  void podmanPullsAPrivateImageByDigest() {
    // Given
    var podman = new Podman(directory);
    var image = proxy.authority() + "/" + PRIVATE_NAME + "@" + PRIVATE.digest();

    // When
    var pulled = podman.run("pull", "--quiet", "--cert-dir", trust.toString(), image).succeeded();

    // Then
    assertThat("sha256:" + pulled.output().strip()).isEqualTo(PRIVATE.config().digest());
  }

  @Test
  void curlFetchesManifestAndLayers() throws IOException {
    // Given
    var base = proxy.uri() + "v2/" + PRIVATE_NAME;
    var hubBase = proxy.uri() + "v2/docker.io/web";

    // When
    var manifest = curl(base + "/manifests/v1");
    var hubManifest = curl(hubBase + "/manifests/1.0");

    // Then
    assertThat(manifest).isEqualTo(PRIVATE.digest());
    assertThat(hubManifest).isEqualTo(PUBLIC.manifest().digest());
    for (var blob : PRIVATE.blobs()) {
      assertThat(curl(base + "/blobs/" + blob.digest())).isEqualTo(blob.digest());
    }
  }

  /** The digest of what curl fetches. */
  private String curl(String url) throws IOException {
    var file = directory.resolve("fetched");
    NativeProcess.run(
            directory.resolve("curl.log"),
            Duration.ofSeconds(60),
            Map.of(),
            List.of(
                NativeProgram.require("curl").toString(),
                "--fail",
                "--silent",
                "--show-error",
                "--noproxy",
                "*",
                "--cacert",
                trust.resolve("ca.crt").toString(),
                "--output",
                file.toString(),
                url))
        .succeeded();
    return digestOf(file);
  }

  private static String digestOf(Path file) throws IOException {
    return Hashing.digest(Files.newInputStream(file));
  }

  private <T extends AutoCloseable> T opened(T one) {
    opened.add(one);
    return one;
  }
}
