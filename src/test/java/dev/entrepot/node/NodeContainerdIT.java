package dev.entrepot.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real containerd reads what we install. */
class NodeContainerdIT {

  private static final Path ROOT = Path.of("/");

  @TempDir Path directory;
  private TinyMirror server;
  private RealContainerd containerd;
  private ContainerdNode node;

  @BeforeEach
  void start() throws Exception {
    containerd = RealContainerd.start(directory.resolve("run"));
    server = TinyMirror.start();
    node = new ContainerdNode(directory.resolve("etc"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (server != null) {
      server.close();
    }
    if (containerd != null) {
      containerd.stop();
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void containerdPullsEveryRegistryThroughTheMirror(boolean strict) throws Exception {
    // Given
    node.install(mirror(strict), ROOT);

    // When
    var pull = containerd.pull("registry.invalid/team/app:1", certs());

    // Then
    assertThat(pull.output()).contains("done");
    assertThat(pull.exitCode()).as(pull.output()).isZero();
    assertThat(server.requests())
        .first()
        .isEqualTo("HEAD /v2/team/app/manifests/1?ns=registry.invalid");
    assertThat(server.requests())
        .contains("GET /v2/team/app/blobs/" + TinyMirror.CONFIG_DIGEST + "?ns=registry.invalid");
  }

  @ParameterizedTest
  @CsvSource({"false, true", "true, false"})
  void onlyTheStrictFormKeepsContainerdFromTheRegistry(boolean strict, boolean asked)
      throws Exception {
    // Given
    node.install(mirror(strict), ROOT);

    // When: the mirror does not have it, and the registry's name does not exist.
    var pull = containerd.pull("registry.invalid/team/missing:1", certs());

    // Then
    assertThat(pull.exitCode()).isNotZero();
    assertThat(server.requests()).contains("HEAD /v2/team/missing/manifests/1?ns=registry.invalid");
    assertThat(pull.output().contains("https://registry.invalid/v2/")).isEqualTo(asked);
  }

  @Test
  void uninstalledMirrorIsNotAsked() throws Exception {
    // Given
    node.install(mirror(false), ROOT);
    node.uninstall(ROOT);

    // When
    var pull = containerd.pull("registry.invalid/team/app:1", certs());

    // Then
    assertThat(pull.exitCode()).isNotZero();
    assertThat(server.requests()).isEmpty();
  }

  private Mirror mirror(boolean strict) throws IOException {
    var ca = Files.writeString(directory.resolve("ca.crt"), server.caPem());
    return Mirror.parse(server.url(), Optional.of(MirrorCa.read(ca)), strict);
  }

  private Path certs() {
    return directory.resolve("etc/certs.d");
  }
}
