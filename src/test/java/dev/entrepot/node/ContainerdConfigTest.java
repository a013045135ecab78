package dev.entrepot.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerdConfigTest {

  @Test
  void oneConfigPathInTheRightPluginIsFine() {
    // When, Then
    assertThat(
            warnings(
                """
                version = 2
                [plugins."io.containerd.grpc.v1.cri".registry]
                  config_path = "/etc/containerd/certs.d/" # with a comment
                  [plugins."io.containerd.grpc.v1.cri".registry.mirrors]
                """))
        .isEmpty();
    assertThat(
            warnings(
                """
                version = 3
                [plugins.'io.containerd.cri.v1.images'.registry]
                  config_path = '/etc/containerd/certs.d'
                """))
        .isEmpty();
    assertThat(warnings("plugins.cri.registry.config_path = '/etc/containerd/certs.d'")).isEmpty();
  }

  @Test
  void missingFileIsWarnedAbout() {
    // When
    var warnings =
        ContainerdConfig.warnings("config.toml", Optional.empty(), "/etc/containerd/certs.d");

    // Then
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("config.toml does not exist")
        .contains("restart containerd");
  }

  @Test
  void missingConfigPathIsWarnedAbout() {
    // When, Then
    assertThat(warnings("version = 2"))
        .singleElement()
        .asString()
        .startsWith("config.toml sets no config_path")
        .doesNotContain("imports");
    assertThat(warnings("version = 3\nimports = [\"/etc/containerd/conf.d/*.toml\"]"))
        .singleElement()
        .asString()
        .contains("unless one of its imports [\"/etc/containerd/conf.d/*.toml\"] sets it");
  }

  @Test
  void configPathForThePluginOfAnotherVersionIsWarnedAbout() {
    // When, Then
    assertThat(
            warnings(
                """
                version = 3
                [plugins."io.containerd.grpc.v1.cri".registry]
                  config_path = "/etc/containerd/certs.d"
                """))
        .singleElement()
        .asString()
        .contains("is of version 3 but sets config_path for the plugin io.containerd.grpc.v1.cri");
  }

  @Test
  void colonListIsWarnedAbout() {
    // When, Then
    assertThat(
            warnings(
                """
                version = 3
                [plugins."io.containerd.cri.v1.images".registry]
                  config_path = "/etc/containerd/certs.d:/etc/docker/certs.d"
                """))
        .singleElement()
        .asString()
        .contains("the list '/etc/containerd/certs.d:/etc/docker/certs.d'");
  }

  @Test
  void otherDirectoryIsWarnedAbout() {
    // When, Then
    assertThat(
            warnings(
                """
                version = 2
                [plugins."io.containerd.grpc.v1.cri".registry]
                  config_path = "/etc/docker/certs.d"
                """))
        .containsExactly(
            "config.toml sets config_path to '/etc/docker/certs.d', so /etc/containerd/certs.d is not read");
  }

  @Test
  void oldMirrorsBesideConfigPathAreWarnedAbout() {
    // When, Then
    assertThat(
            warnings(
                """
                version = 2
                [plugins."io.containerd.grpc.v1.cri".registry]
                  config_path = "/etc/containerd/certs.d"
                [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
                  endpoint = ["https://old.example"]
                [plugins."io.containerd.grpc.v1.cri".registry.configs."old.example".tls]
                  insecure_skip_verify = true
                """))
        .singleElement()
        .asString()
        .contains("registry.mirrors and registry.configs.\"old.example\".tls")
        .contains("CRI plugin does not load because config_path is set");
  }

  @Test
  void oldMirrorsWithoutConfigPathAreWarnedAboutAsWell() {
    // When, Then
    assertThat(
            warnings(
                """
                version = 2
                [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
                  endpoint = ["https://old.example"]
                """))
        .hasSize(2)
        .last()
        .asString()
        .contains("as soon as config_path is set");
  }

  @Test
  void unreadableFileIsWarnedAbout() {
    // When, Then
    assertThat(warnings("version = = 2"))
        .singleElement()
        .asString()
        .startsWith("config.toml could not be read as TOML");
  }

  private static List<String> warnings(String text) {
    return ContainerdConfig.warnings("config.toml", Optional.of(text), "/etc/containerd/certs.d");
  }
}
