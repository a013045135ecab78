package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images as people write them. */
class ImageReferenceTest {

  private static final String DIGEST =
      "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  @ParameterizedTest
  @CsvSource({
    "nginx, docker.io/library/nginx:latest",
    "nginx:1.2, docker.io/library/nginx:1.2",
    "acme/app, docker.io/acme/app:latest",
    "docker.io/nginx, docker.io/library/nginx:latest",
    "index.docker.io/acme/app:v1, docker.io/acme/app:v1",
    "ghcr.io/org/team/app:1.2, ghcr.io/org/team/app:1.2",
    "localhost/app, localhost/app:latest",
    "registry.corp:5000/app, registry.corp:5000/app:latest",
    "registry.corp:5000/app:v1, registry.corp:5000/app:v1",
    "ghcr.io/org/app@" + DIGEST + ", ghcr.io/org/app@" + DIGEST,
    "ghcr.io/org/app:v1@" + DIGEST + ", ghcr.io/org/app@" + DIGEST
  })
  void everyWayOfWritingMeansOneImage(String written, String meant) {
    assertThat(ImageReference.parse(written)).hasToString(meant);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ghcr.io/", "UPPER/app", "a/b:", "a@sha256:short", "https://ghcr.io/a", "a b"})
  void whatIsNoImageIsRefused(String written) {
    assertThatThrownBy(() -> ImageReference.parse(written)).isInstanceOf(RegistryException.class);
  }
}
