package dev.entrepot.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContainerdIT {

  private static final TestIndex INDEX = TestIndex.create(11);

  @TempDir private Path directory;

  @Test
  void podStartsFromAnImageOfOurRegistryOverHttp() {
    // Given
    try (var registry = FakeRegistry.start().push("pause", INDEX, "1");
        var containerd = Containerd.start(directory, "pause.test/pause:1")) {
      containerd.hosts("pause.test", hosts(registry.uri().toString(), ""));
      // When
      var pod = containerd.cri().runPodSandbox("first");
      containerd.cri().stopPodSandbox(pod);
      containerd.cri().removePodSandbox(pod);
      // Then
      assertThat(pod).isNotEmpty();
      assertThat(registry.count("HEAD", "/v2/pause/manifests/1?ns=pause.test")).isEqualTo(1);
    }
  }

  @Test
  void closingLeavesNothingOfARunningPod() throws IOException {
    // Given
    var registry = FakeRegistry.start().push("pause", INDEX, "1");
    var containerd = Containerd.start(directory, "pause.test/pause:1");
    containerd.hosts("pause.test", hosts(registry.uri().toString(), ""));
    var pod = containerd.cri().runPodSandbox("left");
    // When
    containerd.close();
    registry.close();
    // Then
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(pod);
    assertThat(ProcessHandle.allProcesses().map(one -> one.info().commandLine().orElse("")))
        .noneMatch(command -> command.contains(pod));
  }

  @Test
  void bigLayerAndDockerDialectUnpackOverTls() {
    // Given
    var image = TestImage.recipe(5).docker().layer(20_000_000).layer(100_000).build();
    var authority = TestCertificates.create();
    try (var registry = FakeRegistry.start(authority.local().server()).push("app", image, "1");
        var containerd = Containerd.start(directory, "unused/pause:1")) {
      var trust = "ca = \"" + authority.writeAuthority(directory) + "\"";
      containerd.hosts("apps.test", hosts(registry.uri().toString(), trust));
      // When
      var id = containerd.cri().pullImage("apps.test/app:1");
      var status = containerd.cri().imageStatus("apps.test/app:1");
      containerd.cri().removeImage("apps.test/app:1");
      var removed = containerd.cri().imageStatus("apps.test/app:1");
      // Then
      assertThat(id).isEqualTo(image.config().digest());
      assertThat(status).hasValue(id);
      assertThat(removed).isEmpty();
    }
  }

  @Test
  void ctrAndCriPullFromDockerRegistry() {
    // Given
    var image = TestImage.create(12);
    try (var registry =
            DockerRegistry.htpasswd(directory, Optional.empty(), "user", "pass")
                .push(image, "team/app", "1");
        var containerd = Containerd.start(directory, "unused/pause:1")) {
      containerd.hosts(registry.authority(), hosts(registry.uri().toString(), ""));
      var reference = registry.authority() + "/team/app:1";
      // When
      var stranger = containerd.ctrPull(reference);
      var id = containerd.cri().pullImage(reference, "user", "pass");
      // Then
      assertThat(stranger.exitCode()).isNotZero();
      assertThat(id).isEqualTo(image.config().digest());
      assertThat(containerd.cri().version()).startsWith("containerd ");
    }
  }

  private static String hosts(String server, String more) {
    return "[host.\"%s\"]\n  capabilities = [\"pull\", \"resolve\"]\n  %s\n"
        .formatted(server, more);
  }
}
