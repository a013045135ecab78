package dev.entrepot.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Credentials tell themselves apart and give nothing away. */
class CredentialTest {

  private static final Secret CANARY = Secret.of("canary");

  static Stream<Object> holders() {
    return Stream.of(
        CANARY,
        new Credential.Basic("user", CANARY),
        new Credential.Bearer(CANARY),
        new Credential.IdentityToken(CANARY),
        CredentialProperties.basic("user", "canary"),
        new Credential.EntraToken(CANARY, Optional.empty(), Optional.empty()),
        new CredentialProperties.EnvironmentVariable("NAME", "canary"));
  }

  @ParameterizedTest
  @MethodSource("holders")
  void nothingShowsASecret(Object holder) {
    assertThat(holder.toString()).doesNotContain("canary");
  }

  @Test
  void aFingerprintFollowsTheSecretAndTheKind() {
    // Given
    Credential basic = new Credential.Basic("user", CANARY);
    // Then
    assertThat(basic.fingerprint())
        .isEqualTo(new Credential.Basic("user", Secret.of("canary")).fingerprint())
        .isNotEqualTo(new Credential.Basic("user", Secret.of("canary2")).fingerprint())
        .isNotEqualTo(new Credential.Basic("userc", Secret.of("anary")).fingerprint())
        .doesNotContain("canary");
    assertThat(new Credential.Bearer(CANARY).fingerprint())
        .isNotEqualTo(new Credential.IdentityToken(CANARY).fingerprint());
  }

  @Test
  void equalSecretsAreEqual() {
    assertThat(CANARY).isEqualTo(Secret.of("canary")).hasSameHashCodeAs(Secret.of("canary"));
    assertThat(CANARY).isNotEqualTo(Secret.of("other"));
  }
}
