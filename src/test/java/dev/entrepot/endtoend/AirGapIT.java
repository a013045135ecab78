package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Containerd;
import dev.entrepot.testing.DockerRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.Podman;
import dev.entrepot.testing.Skopeo;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images are carried in archives to where no registry can be reached. */
final class AirGapIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final TestIndex INDEX = TestIndex.create(4000);
  private static final TestImage IMAGE = TestImage.recipe(4010).layer(6_000_000).build();
  private static final String INDEX_NAME = "registry.test/team/web:1.0";
  private static final String NAME = "registry.test/team/app:v1";

  @TempDir private Path directory;

  @Test
  void whatARunningProgramWarmedIsPulledWhereThereIsNoRegistry() throws IOException {
    var archive = directory.resolve("images.tar");
    var far = directory.resolve("far");

    // Given: a program that was told to warm two images, and to write them out while it runs
    try (var registry =
            DockerRegistry.open(directory)
                .push(INDEX, "team/web", "1.0")
                .push(IMAGE, "team/app", "v1");
        var entrepot = EntrepotProgram.serve(directory.resolve("near"), rules(registry.uri()))) {
      var warmed =
          command(directory.resolve("near"), entrepot.admin(), "warm", INDEX_NAME, NAME, "--pin");
      assertThat(warmed).contains("✓ " + INDEX_NAME, "✓ " + NAME, "of which 6.0 MB fetched");
      command(
          directory.resolve("near"),
          entrepot.admin(),
          "cache",
          "export",
          INDEX_NAME,
          NAME,
          "--output",
          archive.toString());
    }

    // When: they are imported where nothing runs yet, and served without any upstream
    var rules = rules(URI.create("http://127.0.0.1:1")) + "offline: true\n";
    EntrepotProgram.configuration(far, rules);
    var imported = command(far, null, "cache", "import", archive.toString());

    // Then
    assertThat(imported)
        .contains("✓ " + INDEX_NAME + " " + INDEX.manifest().digest())
        .contains("✓ " + NAME + " " + IMAGE.digest());
    try (var entrepot = EntrepotProgram.serve(far, rules)) {
      try (var containerd = Containerd.start(directory, "unused.test/pause:1")) {
        containerd.hosts("registry.test", hosts(entrepot));
        containerd.ctrPull(INDEX_NAME).succeeded();
        containerd.ctrPull(NAME).succeeded();
        assertThat(containerd.content())
            .contains(INDEX.manifest().digest(), INDEX.images().getFirst().digest())
            .contains(IMAGE.digest(), IMAGE.layers().getLast().digest());
      }
      assertThat(digestAsSkopeoSeesIt(entrepot, "team/app:v1")).isEqualTo(IMAGE.digest());
    }
  }

  @Test
  void whatSkopeoAndPodmanSavedIsPulledWhereThereIsNoRegistry() throws IOException {
    var skopeos = directory.resolve("skopeo.tar");
    var podmans = directory.resolve("podman.tar");
    var far = directory.resolve("far");
    try (var registry =
        DockerRegistry.open(directory)
            .push(IMAGE, "team/app", "v1")
            .push(INDEX.images().getFirst(), "team/web", "1.0")) {
      // Given
      new Skopeo(directory)
          .run(
              "copy",
              "--src-tls-verify=false",
              "--preserve-digests",
              "docker://" + registry.uri().getAuthority() + "/team/app:v1",
              "oci-archive:" + skopeos + ":" + NAME)
          .succeeded();
      var podman = new Podman(directory);
      var image = registry.uri().getAuthority() + "/team/web:1.0";
      podman.run("pull", "--tls-verify=false", image).succeeded();
      podman.run("tag", image, INDEX_NAME).succeeded();
      podman.run("save", "--output", podmans.toString(), INDEX_NAME).succeeded();
    }
    var rules = rules(URI.create("http://127.0.0.1:1")) + "offline: true\n";

    // When: into a program that runs
    try (var entrepot = EntrepotProgram.serve(far, rules)) {
      command(far, entrepot.admin(), "cache", "import", skopeos.toString());
      var made = command(far, entrepot.admin(), "cache", "import", podmans.toString());

      // Then
      assertThat(made).contains("digests differ from the registry's");
      assertThat(digestAsSkopeoSeesIt(entrepot, "team/app:v1")).isEqualTo(IMAGE.digest());
      try (var containerd = Containerd.start(directory, "unused.test/pause:1")) {
        containerd.hosts("registry.test", hosts(entrepot));
        assertThat(containerd.cri().pullImage(INDEX_NAME))
            .isEqualTo(INDEX.images().getFirst().config().digest());
      }
    }
  }

  @Test
  void pinnedImagesSurvivePressure() throws IOException {
    // Given
    var home = directory.resolve("small");
    try (var registry =
        DockerRegistry.open(directory)
            .push(IMAGE, "team/app", "v1")
            .push(TestImage.recipe(4020).layer(6_000_000).build(), "team/other", "1")
            .push(TestImage.recipe(4030).layer(6_000_000).build(), "team/other", "2")) {
      EntrepotProgram.configuration(home, rules(registry.uri()) + "cache: {max-size: 16MB}\n");
      command(home, null, "warm", NAME, "--pin");

      // When
      command(home, null, "warm", "registry.test/team/other:1");
      command(home, null, "warm", "registry.test/team/other:2");

      // Then
      assertThat(command(home, null, "cache", "show", NAME)).doesNotContain("missing");
      assertThat(command(home, null, "cache", "ls")).contains(NAME, "other:2");
      assertThat(command(home, null, "cache", "show", "registry.test/team/other:1"))
          .contains("missing");
    }
  }

  private String digestAsSkopeoSeesIt(EntrepotProgram entrepot, String image) throws IOException {
    var trust = Files.createDirectories(directory.resolve("trust"));
    Files.copy(entrepot.ca(), trust.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
    var copy = directory.resolve("copy");
    new Skopeo(directory)
        .run(
            "copy",
            "--src-cert-dir",
            trust.toString(),
            "docker://" + entrepot.uri().getAuthority() + "/registry.test/" + image,
            "dir:" + copy)
        .succeeded();
    return Hashing.digest(Files.newInputStream(copy.resolve("manifest.json")));
  }

  private static String hosts(EntrepotProgram entrepot) {
    return """
    [host."%s"]
      capabilities = ["pull", "resolve"]
      ca = "%s"
    """
        .formatted(entrepot.uri(), entrepot.ca());
  }

  private static String rules(URI registry) {
    return """
    upstreams:
    - match: registry.test
      endpoints: ["%s"]
    """
        .formatted(registry);
  }

  /** Runs a command in a process of its own; through this server, or else in the directory. */
  private static String command(Path home, @Nullable URI admin, String... words) {
    var command = new ArrayList<>(List.of(words));
    command.addAll(
        List.of(
            "--config",
            home.resolve("entrepot.yaml").toString(),
            "--entrepot.cache.directory=" + home.resolve("cache")));
    if (admin == null) {
      command.add("--entrepot.admin.listen=127.0.0.1:0");
    } else {
      command.addAll(List.of("--admin", admin.toString()));
    }
    try (var process = EntrepotProgram.run(home, command.toArray(String[]::new))) {
      int exitCode = process.awaitExit(PATIENCE);
      assertThat(exitCode).as(process.output()).isZero();
      return process.output();
    }
  }
}
