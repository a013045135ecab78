package dev.entrepot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.access.AccessProperties;
import dev.entrepot.admin.AdminProperties;
import dev.entrepot.cache.CacheProperties;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.Secret;
import dev.entrepot.tls.TlsProperties;
import dev.entrepot.upstream.TimeoutProperties;
import dev.entrepot.upstream.UpstreamProperties;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.util.unit.DataSize;

final class SettingsLoaderTest {

  @TempDir private Path directory;

  @Test
  void withoutAFileTheDefaultsHold() {
    // When
    Settings settings = SettingsLoader.load(Optional.empty(), List.of()).settings();

    // Then
    assertThat(settings.listen()).hasToString("127.0.0.1:5443");
    assertThat(settings.cache().maxSize()).isEqualTo(DataSize.ofGigabytes(20));
    assertThat(settings.upstreams()).isEmpty();
    assertThat(settings.allUpstreams())
        .isNotEmpty()
        .allMatch(rule -> rule.credentials().isAnonymous());
    assertThat(settings.defaultUpstream()).isNullOrEmpty();
  }

  @Test
  void fileReplacesDefaultsKeyByKey() throws IOException {
    // When
    Settings settings =
        load(
            """
            entrepot:
              default-upstream: docker.io
              cache: {max-size: 1GB}
              upstreams:
              - match: "*.example.com"
                endpoints: [https://registry.example.com]
                credentials: {type: basic, username: acme, password: secret}
                allow: [team/**]
                rewrite: {prefix: a/, replacement: b/}
                tag-freshness: 5m
            """);

    // Then
    UpstreamProperties rule = settings.upstreams().getFirst();
    assertThat(settings.defaultUpstream()).isEqualTo("docker.io");
    assertThat(settings.cache().maxSize()).isEqualTo(DataSize.ofGigabytes(1));
    assertThat(settings.cache().tagFreshness()).isEqualTo(Duration.ofSeconds(60));
    assertThat(rule.match()).isEqualTo("*.example.com");
    assertThat(rule.credentials())
        .isEqualTo(new CredentialProperties.Basic("acme", Secret.of("secret"), null));
    assertThat(rule.allow()).containsExactly("team/**");
    assertThat(rule.tagFreshness()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.allUpstreams()).hasSizeGreaterThan(1).startsWith(rule);
  }

  @Test
  void flagsWinOverTheFile() throws IOException {
    // Given
    Path file = file("entrepot: {listen: '127.0.0.1:1', drain: 1s}");

    // When
    Settings settings =
        SettingsLoader.load(
                Optional.of(file),
                List.of("--entrepot.listen=127.0.0.1:2", "--entrepot.cache.max-size=50GB"))
            .settings();

    // Then
    assertThat(settings.listen().port()).isEqualTo(2);
    assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.cache().maxSize()).isEqualTo(DataSize.ofGigabytes(50));
  }

  @Test
  void builtinUpstreamsCanBeLeftOut() throws IOException {
    // When
    Settings settings = load("entrepot: {builtin-upstreams: false}");

    // Then
    assertThat(settings.allUpstreams()).isEmpty();
  }

  @Test
  void keyWithoutAValueIsAsGoodAsNone() throws IOException {
    // When
    Settings settings =
        load("entrepot: {default-upstream: , tls: {certificate: , private-key: , client-ca: }}");

    // Then
    assertThat(settings.tls().certificate()).isNull();
    assertThat(settings.defaultUpstream()).isNullOrEmpty();
  }

  @Test
  void flagsReplaceAListAsAWhole() throws IOException {
    // Given
    Path file =
        file(
            """
            entrepot:
              tls: {names: [a.test, b.test]}
              upstreams:
              - match: a.b
              - match: c.d
                credentials: {type: basic, username: acme, password: secret}
                allow: [team/**]
            """);

    // When
    Settings settings =
        SettingsLoader.load(
                Optional.of(file),
                List.of("--entrepot.upstreams[0].match=e.f", "--entrepot.tls.names[0]=c.test"))
            .settings();

    // Then
    assertThat(settings.upstreams()).extracting(UpstreamProperties::match).containsExactly("e.f");
    assertThat(settings.tls().names()).containsExactly("c.test");
  }

  @Test
  void keyMayBeSpelledTheWayBootAllows() throws IOException {
    assertThat(load("entrepot: {cache: {maxSize: 1GB}}").cache().maxSize())
        .isEqualTo(DataSize.ofGigabytes(1));
  }

  /** The key, the value and what would be right. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          entrepot: {listne: '127.0.0.1:1'}                 | entrepot.listne
          entrepot: {listen: ['127.0.0.1:1']}               | entrepot.listen[0]
          entrepot: {upstreams: [{match: a.b, tls: {insecure-skip-verfy: true}}]} | entrepot.upstreams[0].tls.insecure-skip-verfy
          entrepot: {cache: {max-sizes: 1GB}}               | entrepot.cache.max-sizes
          entrepot: {tls: {naems: [a]}}                     | entrepot.tls.naems
          entrepot: {upstreams: [{match: a.b, endpoint: c}]} | entrepot.upstreams[0].endpoint
          entrepot: {upstreams: [{match: a.b, credentials: {user: c}}]} | entrepot.upstreams[0].credentials.user
          """)
  void unknownKeyIsNamed(String yaml, String key) throws IOException {
    assertThatThrownBy(() -> load(yaml))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("unknown key " + key)
        .hasMessageContaining("entrepot.yaml")
        .message()
        .doesNotContain("\n");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          entrepot: {listen: nonsense}                | entrepot.listen       | nonsense
          entrepot: {listen: '127.0.0.1:99999'}       | entrepot.listen       | 99999
          entrepot: {cache: {max-size: lots}}         | entrepot.cache.max-size | lots
          entrepot: {cache: {max-size: 0B}}           | entrepot.cache.max-size | 20GB
          entrepot: {cache: {tag-freshness: soon}}    | entrepot.cache.tag-freshness | soon
          entrepot: {timeouts: {idle: -1s}}           | entrepot.timeouts.idle | 1h
          entrepot: {offline: perhaps}                | entrepot.offline      | perhaps
          entrepot: {upstreams: [{match: 'https://a.b'}]} | entrepot.upstreams | without a scheme
          entrepot: {upstreams: [{match: a.b, endpoints: ['ftp://c']}]} | entrepot.upstreams | ftp://c
          entrepot: {upstreams: [{match: a.b, credentials: {type: magic}}]} | entrepot.upstreams[0]: credentials.type | magic
          entrepot: {upstreams: [{match: a.b, credentials: {type: basic}}]} | entrepot.upstreams[0].credentials | username
          entrepot: {tls: {certificate: a.crt}}       | entrepot.tls          | private-key
          """)
  void badValueIsNamedWithItsRemedy(String yaml, String key, String hint) {
    assertThatThrownBy(() -> load(yaml))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(hint)
        .message()
        .doesNotContain("\n");
  }

  /** S-70: not even when it is what is wrong. */
  @Test
  void passwordIsNeverRepeated() {
    assertThatThrownBy(
            () ->
                load(
                    """
                    entrepot:
                      upstreams:
                      - match: a.b
                        credentials: {type: anonymous, password: canary-hunter2}
                    """))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("password")
        .message()
        .doesNotContain("canary-hunter2");
  }

  @Test
  void fileThatIsNotThereIsNamed() {
    // Given
    Path missing = directory.resolve("no.yaml");

    // When, Then
    assertThatThrownBy(() -> SettingsLoader.load(Optional.of(missing), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "tried to read the configuration " + missing + " but there is no such readable file");
  }

  @Test
  void fileThatIsNoYamlIsNamedWithTheLine() {
    assertThatThrownBy(() -> load("entrepot:\n  listen: [unclosed\n  drain: 5m\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("entrepot.yaml")
        .hasMessageContaining("line ")
        .message()
        .doesNotContain("\n");
  }

  /** The commented file says what holds when nothing is said. */
  @Test
  void everyDefaultInTheCommentedFileIsTheRecordsOwn() throws IOException {
    // Given
    Settings written =
        Binder.get(SettingsLoader.load(Optional.empty(), List.of()).environment())
            .bind(Settings.PREFIX, Settings.class)
            .get();
    Settings builtIn =
        new Binder(new MapConfigurationPropertySource())
            .bindOrCreate(Settings.PREFIX, Settings.class);

    // When, Then
    assertThat(written).usingRecursiveComparison().isEqualTo(builtIn);
  }

  /** The commented file names every setting that is not a list of rules. */
  @Test
  void everySettingIsInTheCommentedFile() throws IOException {
    // Given
    String text;
    try (InputStream file = new ClassPathResource("application.yaml").getInputStream()) {
      text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }

    // When
    Set<String> missing = new TreeSet<>();
    List<Class<?>> types =
        new ArrayList<>(
            List.of(
                Settings.class,
                TlsProperties.class,
                AdminProperties.class,
                AccessProperties.class,
                CacheProperties.class,
                TimeoutProperties.class,
                UpstreamProperties.class));
    CredentialProperties.types().forEach(types::add);
    for (Class<?> type : types) {
      for (var component : type.getRecordComponents()) {
        String key = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        if (!text.contains(key + ":")) {
          missing.add(key);
        }
      }
    }

    // Then
    assertThat(missing).isEmpty();
    assertThat(CredentialProperties.words()).allMatch(word -> text.contains("type: " + word));
  }

  /** A default that nothing reads would be a lie. */
  @Test
  void everyKeyInTheCommentedFileIsKnown() throws IOException {
    // Given
    var source =
        (EnumerablePropertySource<?>)
            new YamlPropertySourceLoader()
                .load("application", new ClassPathResource("application.yaml"))
                .getFirst();
    StringBuilder yaml = new StringBuilder();
    for (String key : source.getPropertyNames()) {
      if (key.startsWith("entrepot.")) {
        yaml.append('"')
            .append(key)
            .append("\": \"")
            .append(source.getProperty(key))
            .append("\"\n");
      }
    }

    // When, Then
    assertThat(yaml).isNotEmpty();
    load(yaml.toString());
  }

  private Settings load(String yaml) throws IOException {
    return SettingsLoader.load(Optional.of(file(yaml)), List.of()).settings();
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(directory.resolve("entrepot.yaml"), yaml);
  }
}
