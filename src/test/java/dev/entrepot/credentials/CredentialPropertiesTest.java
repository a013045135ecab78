package dev.entrepot.credentials;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.NestedExceptionUtils;

/** The settings under {@code credentials}, as Boot binds them. */
class CredentialPropertiesTest {

  @Test
  void aPasswordInTheConfigurationIsASecretAtOnce() {
    // When
    CredentialProperties bound =
        bind(Map.of("type", "basic", "username", "acme", "password", "canary"));
    // Then
    assertThat(bound).isEqualTo(new CredentialProperties.Basic("acme", Secret.of("canary"), null));
    assertThat(bound.toString()).doesNotContain("canary");
  }

  @Test
  void withoutATypeThereIsNoCredential() {
    assertThat(bind(Map.of("username", "")).isAnonymous()).isTrue();
  }

  @Test
  void aTypeMayLeaveAllItsKeysToTheirDefaults() {
    assertThat(bind(Map.of("type", "google")))
        .isEqualTo(new CredentialProperties.Google(null, null));
  }

  @Test
  void aListOfVariablesIsBound() {
    // When
    CredentialProperties bound =
        bind(
            Map.of(
                "type",
                "exec",
                "command",
                "plugin",
                "env[0].name",
                "AWS_PROFILE",
                "env[0].value",
                "ci"));
    // Then
    assertThat(bound)
        .isInstanceOfSatisfying(
            CredentialProperties.Exec.class,
            exec -> assertThat(exec.env()).extracting(v -> v.value()).containsExactly("ci"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type=magic|choose one of anonymous, basic, bearer, docker-config, google, ecr, ecr-public, azure, exec, helper",
        "type=google,username=a|reads only key-file, impersonate",
        "type=ecr,access-key-id=a|access-key-id without credentials.secret-access-key-file",
        "type=ecr,endpoint=somewhere|write a URL",
        "type=exec|but has neither",
        "type=exec,command=a,config=b,bin-directory=c|but has both",
        "type=exec,config=b|config without credentials.bin-directory",
        "type=helper|needs credentials.command",
        "type=helper,command=a,env[0].value=canary|an entry of credentials.env has no name",
        "type=ecr,profile=p,access-key-id=a,secret-access-key-file=s|both credentials.profile and",
        "type=ecr-public,external-id=x|external-id without credentials.role-arn",
        "type=azure,client-secret-file=a,federated-token-file=b|set one of them",
        "type=exec,config=a,bin-directory=b,args[0]=c|credentials.args is set beside",
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
        .extracting(
            NestedExceptionUtils::getMostSpecificCause, as(InstanceOfAssertFactories.THROWABLE))
        .hasMessageContaining(explanation)
        .hasMessageNotContaining("canary");
  }

  private static CredentialProperties bind(Map<String, String> settings) {
    Map<String, String> keys = new HashMap<>();
    settings.forEach((key, value) -> keys.put("credentials." + key, value));
    MapConfigurationPropertySource source = new MapConfigurationPropertySource(keys);
    return CredentialBinding.bind(
        ConfigurationPropertyName.of("credentials"),
        new Binder(source),
        List.of(source),
        BindHandler.DEFAULT);
  }
}
