package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * The settings under {@code entrepot.upstreams} and {@code entrepot.timeouts}, as Boot binds them.
 */
class UpstreamPropertiesTest {

  @Test
  void aMatchAloneIsAnAnonymousRule() {
    // When
    UpstreamProperties rule = bind(Map.of("match", "ghcr.io"));
    // Then
    assertThat(rule).isEqualTo(UpstreamProperties.anonymous("ghcr.io"));
  }

  @Test
  void everyKeyIsBound() {
    // When
    UpstreamProperties rule =
        bind(
            Map.ofEntries(
                Map.entry("match", "*.corp.test"),
                Map.entry("endpoints[0]", "https://mirror.corp.test/prefix"),
                Map.entry("parent", "true"),
                Map.entry("credentials.type", "bearer"),
                Map.entry("credentials.token-file", "/run/token"),
                Map.entry("allow[0]", "team/**"),
                Map.entry("rewrite.prefix", "a/"),
                Map.entry("rewrite.replacement", "b/"),
                Map.entry("tls.insecure-skip-verify", "true"),
                Map.entry("realm-hosts[0]", "Auth.corp.test"),
                Map.entry("private-network", "true"),
                Map.entry("served-as[0]", "mirror.local"),
                Map.entry("tag-freshness", "5m"),
                Map.entry("proxy", "http://proxy.corp.test:3128")));
    // Then
    assertThat(rule.endpoints()).hasToString("[https://mirror.corp.test/prefix]");
    assertThat(rule.parent()).isTrue();
    assertThat(rule.credentials().type()).isEqualTo("bearer");
    assertThat(rule.realmHosts()).containsExactly("auth.corp.test");
    assertThat(rule.tagFreshness()).isEqualTo(Duration.ofMinutes(5));
    assertThat(rule.tls().insecureSkipVerify()).isTrue();
  }

  @Test
  void timeoutsHaveDefaults() {
    // Given
    Binder binder = new Binder(new MapConfigurationPropertySource(Map.of()));
    // Then
    assertThat(binder.bindOrCreate("entrepot.timeouts", TimeoutProperties.class))
        .isEqualTo(TimeoutProperties.defaults());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "match=https://ghcr.io|match is 'https://ghcr.io'",
        "match=|match is ''",
        "match=a.test,endpoints[0]=ftp://a.test|endpoints of 'a.test' is 'ftp://a.test'",
        "match=a.test,endpoints[0]=a.test|endpoints of 'a.test' is 'a.test'",
        "match=a.test,endpoints[0]=https://u:canary@a.test|put the user under credentials",
        "match=a.test,parent=true|name the mirror under endpoints",
        "match=a.test,realm-hosts[0]=https://b.test|realm-hosts of 'a.test' is 'https://b.test'",
        "match=a.test,tag-freshness=-1s|tag-freshness of 'a.test'",
        "match=a.test,proxy=socks5://u:canary@p.test|write it like",
        "match=a.test,rewrite.prefix=a,rewrite.regex=b|has both",
        "match=a.test,rewrite.regex=(|does not work",
        "match=a.test,rewrite.regex=a,rewrite.replacement=$1|does not work"
      })
  void aWrongSettingIsExplained(String settings, String explanation) {
    // Given
    Map<String, String> keys = new HashMap<>();
    for (String setting : settings.split(",", -1)) {
      String[] pair = setting.split("=", 2);
      keys.put(pair[0], pair[1]);
    }
    // Then
    assertThatThrownBy(() -> bind(keys))
        .hasStackTraceContaining(explanation)
        .hasStackTraceContaining("entrepot.upstreams[].");
  }

  private static UpstreamProperties bind(Map<String, String> settings) {
    Map<String, String> keys = new HashMap<>();
    settings.forEach((key, value) -> keys.put("rule." + key, value));
    return new Binder(new MapConfigurationPropertySource(keys))
        .bind(
            "rule", Bindable.of(UpstreamProperties.class), new UpstreamBinding(BindHandler.DEFAULT))
        .get();
  }

  @Test
  void clientCertificateIsACredential() {
    // When
    UpstreamProperties rule =
        bind(
            Map.of(
                "match", "a.test",
                "tls.client-certificate", "/run/client.crt",
                "tls.client-key", "/run/client.key"));

    // Then
    assertThat(rule.hasCredential()).isTrue();
    assertThat(UpstreamProperties.anonymous("a.test").hasCredential()).isFalse();
  }
}
