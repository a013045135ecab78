package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cli.EntrepotCommand;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.Containerd;
import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real containerd on a node that has nothing but the file we install. */
final class NodePullIT {

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nodeWithoutCredentialsPullsFromEveryKindOfRegistryAndThenFromTheCache(boolean strict)
      throws IOException {
    var node = directory.resolve("node");
    try (var registries = FourRegistries.start(directory);
        var entrepot =
            EntrepotProgram.serve(directory.resolve("entrepot"), registries.configuration());
        var containerd = Containerd.startOnNode(directory, "unused.test/pause:1", node)) {
      // Given
      install(entrepot, node, strict);
      assertThat(textUnder(node)).noneMatch(text -> text.contains(FourRegistries.SECRET));

      // When: cold
      for (var image : registries.images()) {
        assertThat(containerd.cri().pullImage(image.byTag())).isEqualTo(image.id());
      }

      // Then
      assertThat(registries.downloads()).isNotEmpty().doesNotHaveDuplicates();

      // When: warm
      long asked = registries.requests();
      removeEverything(containerd, registries);
      for (var image : registries.images()) {
        assertThat(containerd.cri().pullImage(image.byTag())).isEqualTo(image.id());
      }

      // Then
      assertThat(registries.requests()).isEqualTo(asked);

      // When: every upstream is gone
      registries.close();
      removeEverything(containerd, registries);
      for (var image : registries.images()) {
        assertThat(containerd.cri().pullImage(image.byTag())).isEqualTo(image.id());
      }
      removeEverything(containerd, registries);
      for (var image : registries.images()) {
        assertThat(containerd.cri().pullImage(image.byDigest())).isEqualTo(image.id());
      }

      // Then
      assertThat(registries.images())
          .allMatch(image -> containerd.cri().imageStatus(image.byDigest()).isPresent());
    }
  }

  /** containerd 2.0 pulls it with no credential, and 1.x only with the one in its own config. */
  @Test
  void podStartsThoughItsPauseImageIsPrivate() throws IOException {
    var node = directory.resolve("node");
    var pause = TestImage.create(500);
    try (var registry =
            DockerRegistry.htpasswd(directory, Optional.empty(), "robot", "secret")
                .push(pause, "infra/pause", "3.9");
        var entrepot =
            EntrepotProgram.serve(
                directory.resolve("entrepot"),
                """
                upstreams:
                - match: registry.test
                  endpoints: [%s]
                  credentials: {type: basic, username: robot, password: secret}
                """
                    .formatted(registry.uri()));
        var containerd = Containerd.startOnNode(directory, "registry.test/infra/pause:3.9", node)) {
      // Given
      install(entrepot, node, false);

      // When
      var pod = containerd.cri().runPodSandbox("private");

      // Then
      assertThat(containerd.cri().podSandboxes()).containsExactly(pod);
      assertThat(containerd.cri().imageStatus("registry.test/infra/pause:3.9"))
          .hasValue(pause.config().digest());
    }
  }

  /** As an administrator does it. */
  private static void install(EntrepotProgram entrepot, Path node, boolean strict) {
    var command =
        new ArrayList<>(
            List.of(
                "node",
                "containerd",
                "--mirror=" + entrepot.uri(),
                "--ca=" + entrepot.ca(),
                "--install",
                "--root=" + node));
    if (strict) {
      command.add("--strict");
    }
    assertThat(EntrepotCommand.run(command.toArray(String[]::new))).isZero();
    assertThat(node.resolve("etc/containerd/certs.d/_default/hosts.toml")).isRegularFile();
  }

  private static void removeEverything(Containerd containerd, FourRegistries registries) {
    registries.images().forEach(image -> containerd.cri().removeImage(image.id()));
    Await.until("containerd to forget all content", () -> containerd.content().isEmpty());
  }

  private static List<String> textUnder(Path directory) throws IOException {
    var texts = new ArrayList<String>();
    try (var files = Files.walk(directory)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        texts.add(Files.readString(file));
      }
    }
    return texts;
  }
}
