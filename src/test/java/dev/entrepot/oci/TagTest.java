package dev.entrepot.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags follow the grammar of the distribution specification; a colon makes a digest. */
class TagTest {

  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @ValueSource(
      strings = {"latest", "1.27-alpine", "_", "V1", "a.-_b", "sha256-0123", "list", "manifests"})
  void grammaticalTagIsKept(String text) {
    // When
    Reference reference = Reference.parse(text);

    // Then
    assertThat(reference).isEqualTo(new Tag(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..", ".a", "-a", "a/b", "a b", "a;x=y", "a+b", "a%20", "a\n", "a\u0000", "\u00e4"
      })
  void anythingElseIsRefused(String text) {
    // When
    RegistryException refusal =
        catchThrowableOfType(RegistryException.class, () -> Reference.parse(text));

    // Then
    assertThat(refusal.code()).isEqualTo(ErrorCode.MANIFEST_INVALID);
    assertThat(refusal.explanation()).matches("[ -~]{1,300}");
  }

  @Test
  void tagOf128CharactersIsTheLongest() {
    // When
    RegistryException refusal =
        catchThrowableOfType(RegistryException.class, () -> new Tag("a".repeat(129)));

    // Then
    assertThat(new Tag("a".repeat(128)).value()).hasSize(128);
    assertThat(refusal.code()).isEqualTo(ErrorCode.MANIFEST_INVALID);
  }

  @Test
  void colonMakesADigest() {
    // When
    Reference reference = Reference.parse("sha256:" + HEX);
    RegistryException refusal =
        catchThrowableOfType(RegistryException.class, () -> Reference.parse("latest:1"));

    // Then
    assertThat(reference).isEqualTo(new Digest("sha256", HEX));
    assertThat(refusal.code()).isEqualTo(ErrorCode.DIGEST_INVALID);
  }
}
