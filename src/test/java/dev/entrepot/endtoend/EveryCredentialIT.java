package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.cli.EntrepotCommand;
import dev.entrepot.testing.Containerd;
import dev.entrepot.testing.HttpProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that has nothing but one file pulls from registries of every kind. */
final class EveryCredentialIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path directory;

  @Test
  void nodePullsWithEveryTypeOfCredentialAndNoSecretIsSeen() throws IOException {
    var home = directory.resolve("entrepot");
    var node = directory.resolve("node");
    try (var registries = EveryCredentialType.start(directory);
        var entrepot =
            EntrepotProgram.serve(home, registries.configuration(), "--logging.level.root=DEBUG");
        var containerd = Containerd.startOnNode(directory, "unused.test/pause:1", node)) {
      // Given
      assertThat(
              EntrepotCommand.run(
                  "node",
                  "containerd",
                  "--mirror=" + entrepot.uri(),
                  "--ca=" + entrepot.ca(),
                  "--install",
                  "--root=" + node))
          .isZero();

      // When
      for (var image : registries.images()) {
        assertThat(containerd.cri().pullImage(image.name())).as(image.name()).isEqualTo(image.id());
      }

      // Then
      assertSecretsStayInside(entrepot.output());
      assertSecretsStayInside(HttpProbe.get(entrepot.admin(), "/metrics").text());
      assertSecretsStayInside(textUnder(home.resolve("cache")));
      assertSecretsStayInside(textUnder(node));

      // When
      var check = check(entrepot, home);

      // Then
      assertThat(check).doesNotContain("✗").contains("✓ listener");
      assertThat(check.lines().filter(line -> line.startsWith("✓ upstream"))).hasSizeGreaterThan(7);
      assertSecretsStayInside(check);
    }
  }

  private String check(EntrepotProgram entrepot, Path home) {
    try (var check =
        EntrepotProgram.run(
            directory,
            "check",
            "--config=" + home.resolve("entrepot.yaml"),
            "--entrepot.listen=127.0.0.1:" + entrepot.uri().getPort(),
            "--entrepot.tls.directory=" + home.resolve("certs"))) {
      assertThat(check.awaitExit(PATIENCE)).as(check.output()).isZero();
      return check.output();
    }
  }

  private static void assertSecretsStayInside(String text) {
    assertThat(text.lines())
        .noneMatch(line -> line.contains(EveryCredentialType.CANARY))
        .noneMatch(line -> line.contains("PRIVATE KEY"));
  }

  private static String textUnder(Path directory) throws IOException {
    var text = new StringBuilder();
    try (var files = Files.walk(directory)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        text.append(Files.readString(file, StandardCharsets.ISO_8859_1)).append('\n');
      }
    }
    return text.toString();
  }
}
