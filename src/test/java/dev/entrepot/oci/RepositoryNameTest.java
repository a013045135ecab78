package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Repository names follow the grammar of the distribution specification. */
class RepositoryNameTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nginx",
        "library/nginx",
        "a/b/c/d/e/f/g",
        "0/1",
        "v2/manifests/blobs/tags",
        "a.b",
        "a_b",
        "a__b",
        "a-b",
        "a------b",
        "my-org/my_app.web__x-1"
      })
  void grammaticalNameIsKept(String text) {
    // When
    RepositoryName name = new RepositoryName(text);

    // Then
    assertThat(name).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/nginx",
        "nginx/",
        "a//b",
        ".",
        "..",
        "a/..",
        "../a",
        "a/./b",
        ".a",
        "a.",
        "a..b",
        "_a",
        "a_",
        "a___b",
        "a._b",
        "-a",
        "a-",
        "Nginx",
        "a:b",
        "a@b",
        "a b",
        "a;x=y",
        "a%2fb",
        "a\\b",
        "a\nb",
        "a\n",
        "a\u0000",
        "n\u0456ginx",
        "\uff4eginx"
      })
  void anythingElseIsRefused(String text) {
    // When
    RegistryException refusal =
        catchThrowableOfType(RegistryException.class, () -> new RepositoryName(text));

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
    assertThat(refusal.explanation()).matches("[ -~]{1,300}");
  }

  @Test
  void nameOf255CharactersIsTheLongest() {
    // When
    RegistryException refusal =
        catchThrowableOfType(
            RegistryException.class, () -> new RepositoryName("a/".repeat(127) + "bc"));

    // Then
    assertThat(new RepositoryName("a/".repeat(127) + "b").value()).hasSize(255);
    assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
  }

  @Test
  void officialImagesHaveOneComponent() {
    // When
    boolean official = new RepositoryName("nginx").isSingleComponent();
    boolean other = new RepositoryName("library/nginx").isSingleComponent();

    // Then
    assertThat(official).isTrue();
    assertThat(other).isFalse();
  }
}
