package dev.entrepot.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The settings under {@code credentials}, as Boot binds them. */
class CredentialPropertiesTest {

  @Test
  void aPasswordInTheConfigurationIsASecretAtOnce() {
    // When
    CredentialProperties bound =
        bind(Map.of("type", "basic", "username", "acme", "password", "canary"));
    // Then
    assertThat(bound.password()).isEqualTo(Secret.of("canary"));
    assertThat(bound.toString()).doesNotContain("canary");
  }

  @Test
  void withoutATypeThereIsNoCredential() {
    assertThat(bind(Map.of("username", "")).isAnonymous()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type=ecr|is not supported yet; supported: anonymous, basic, bearer, docker-config",
        "type=google,key-file=x|is not supported yet",
        "type=basic,password=canary|needs credentials.username",
        "type=basic,username=a|but has neither",
        "type=basic,username=a,password=canary,password-file=f|but has both",
        "type=bearer|needs credentials.token-file",
        "type=docker-config|needs credentials.file",
        "type=anonymous,username=a|credentials.username is set",
        "type=bearer,token-file=f,password=canary|credentials.password is set"
      })
  void aWrongSettingIsExplainedWithoutItsSecret(String settings, String explanation) {
    // Given
    Map<String, String> keys = new HashMap<>();
    for (String setting : settings.split(",", -1)) {
      String[] pair = setting.split("=", 2);
      keys.put(pair[0], pair[1]);
    }
    // Then
    assertThatThrownBy(() -> bind(keys))
        .rootCause()
        .hasMessageContaining(explanation)
        .hasMessageNotContaining("canary");
  }

  private static CredentialProperties bind(Map<String, String> settings) {
    Map<String, String> keys = new HashMap<>();
    settings.forEach((key, value) -> keys.put("credentials." + key, value));
    return new Binder(new MapConfigurationPropertySource(keys))
        .bindOrCreate("credentials", CredentialProperties.class);
  }
}
