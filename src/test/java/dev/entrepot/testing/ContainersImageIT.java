package dev.entrepot.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContainersImageIT {

  private static final TestIndex INDEX = TestIndex.create(21);

  @TempDir private Path directory;

  @Test
  void skopeoCopiesWithATokenOverTls() throws IOException {
    // Given
    var authority = TestCertificates.create();
    var certificate = authority.local().server();
    var clock = MutableClock.create();
    Files.move(authority.writeAuthority(directory), directory.resolve("ca.crt"));
    try (var tokens = FakeTokenServer.start(clock, certificate).allow("user", "pass");
        var registry = FakeRegistry.start(certificate).push("team/app", INDEX, "1")) {
      registry.protect(new RegistryAuth.Bearer(tokens));
      var source = "docker://" + registry.authority() + "/team/app:1";
      var target = "dir:" + directory.resolve("copy");
      // When
      var copied =
          new Skopeo(directory)
              .run(
                  "copy",
                  "--all",
                  "--src-creds",
                  "user:pass",
                  "--src-cert-dir",
                  directory.toString(),
                  source,
                  target);
      // Then
      copied.succeeded();
      assertThat(Hashing.digest(Files.newInputStream(directory.resolve("copy/manifest.json"))))
          .isEqualTo(INDEX.manifest().digest());
      assertThat(tokens.calls()).isPositive();
    }
  }

  @Test
  void podmanPullsThroughAMirrorEntry() {
    // Given
    try (var registry = FakeRegistry.start().push("team/app", INDEX, "1")) {
      RegistriesConf.write(
          directory,
          """
          [[registry]]
          prefix = "apps.test"
          location = "apps.test"
          [[registry.mirror]]
          location = "%s"
          insecure = true
          """
              .formatted(registry.authority()));
      var podman = new Podman(directory);
      // When
      var pulled = podman.run("pull", "apps.test/team/app:1");
      var run = podman.run("inspect", "--type", "image", "apps.test/team/app:1");
      // Then
      pulled.succeeded();
      assertThat(run.succeeded().output()).contains(INDEX.manifest().digest());
      assertThat(registry.count("GET", "/blobs/")).isEqualTo(3);
    }
  }
}
