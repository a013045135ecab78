package dev.entrepot.credentials.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.Secret;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeProgram;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.MutableClock;
import java.io.IOException;
import java.net.ProxySelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

/** A kubelet's own configuration of its plugins, used as it is. */
class ConfiguredPluginsTest {

  private final MutableClock clock = MutableClock.create();
  private final Path directory;
  private final Path config;
  private final FakeProgram first;
  private final FakeProgram second;

  ConfiguredPluginsTest(@TempDir Path directory) {
    this.directory = directory;
    this.config = directory.resolve("providers.yaml");
    this.first = FakeProgram.in(directory, "first");
    this.second = FakeProgram.in(directory, "second");
  }

  @Test
  void aProviderIsRunAsItsConfigurationSays() throws IOException {
    // Given
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "*.test", "u", "p"));
    configure(
        """
        apiVersion: kubelet.config.k8s.io/v1
        kind: CredentialProviderConfig
        providers:
        - name: first
          apiVersion: credentialprovider.kubelet.k8s.io/v1
          matchImages: ["*.test", 'r.test:5000/path']
          defaultCacheDuration: "12h"
          args:
          - get-credentials
          - --v=3
          env: [{name: AWS_PROFILE, value: "canary"}]
        """);
    // When
    expect(source(), "r.test/a", "u/p");
    // Then
    assertThat(first.commandLine()).contains("get-credentials\n--v=3").doesNotContain("canary");
    assertThat(first.environment()).contains("AWS_PROFILE=canary", "SHARED=1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v1beta1", "v1alpha1"})
  void jsonAndOlderVersionsAreRead(String version) throws IOException {
    // Given
    first.says(
        FakeProgram.pluginAnswer("Registry", "1h", "*.test", "u", "p")
            .replace("k8s.io/v1", "k8s.io/" + version));
    configure(
        """
        {"apiVersion": "kubelet.config.k8s.io/%1$s", "kind": "CredentialProviderConfig",
        \t"providers": [{"name": "first", "apiVersion": "credentialprovider.kubelet.k8s.io/%1$s",
        \t\t"matchImages": ["*.test"], "defaultCacheDuration": "0s"}]}
        """
            .formatted(version));
    // Then
    expect(source(), "r.test/a", "u/p");
  }

  @Test
  void anImageThatNoProviderIsForIsPulledWithoutCredential() throws IOException {
    // Given
    configure(providers("first: '*.test'", "second: 'r.test/team'"));
    // Then
    expect(source(), "r.other/a", "anonymous");
    assertThat(first.runs()).isZero();
    assertThat(second.runs()).isZero();
  }

  @Test
  void allProvidersForAnImageAreAskedAndTheirKeysAreOneKeyring() throws IOException {
    // Given
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "first", "1"));
    second.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test/team", "second", "2"));
    configure(providers("first: '*.test'", "second: '*.test'"));
    CredentialSource source = source();
    // Then
    expect(source, "r.test/team/app", "second/2");
    expect(source, "r.test/other", "first/1");
    assertThat(first.runs()).isOne();
    assertThat(second.runs()).isOne();
  }

  @Test
  void ofEqualKeysTheFirstProvidersCounts() throws IOException {
    // Given
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "first", "1"));
    second.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "second", "2"));
    configure(providers("second: '*.test'", "first: '*.test'"));
    // Then
    expect(source(), "r.test/a", "second/2");
  }

  @Test
  void aFailureMattersOnlyIfNoOtherProviderHasACredential() throws IOException {
    // Given
    first.does("exit 1");
    second.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test/team", "second", "2"));
    configure(providers("first: '*.test'", "second: '*.test'"));
    CredentialSource source = source();
    // Then
    expect(source, "r.test/team/app", "second/2");
    expectFailure(source, "r.test/a", false, "plugin first ended with exit code 1");
  }

  @Test
  void aRefusalAsksTheProviderThatGaveTheCredential() throws IOException {
    // Given
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "first", "old"));
    second.says(FakeProgram.pluginAnswer("Registry", "1h", "other.test", "second", "2"));
    configure(providers("first: '*.test'", "second: '*.test'"));
    CredentialSource source = source();
    expect(source, "r.test/a", "first/old");
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "first", "new"));
    // When
    source.refused(new Credential.Basic("first", Secret.of("old")));
    // Then
    expect(source, "r.test/a", "first/new");
    assertThat(second.runs()).isOne();
  }

  @Test
  void aProviderThatNeedsAPodIsLeftOutAndSaidSo() throws IOException {
    // Given
    second.says(FakeProgram.pluginAnswer("Registry", "1h", "b.test", "u", "p"));
    configure(
        providers("first: '*.test'", "second: 'b.test'")
            .replaceFirst(
                "(?m)^  env: \\[]$",
                """
                  tokenAttributes:
                    serviceAccountTokenAudience: sts.amazonaws.com
                    cacheType: ServiceAccount
                    requireServiceAccount: true
                """));
    try (LogLines log = LogLines.listen()) {
      // When
      CredentialSource source = source();
      // Then
      assertThat(log.all())
          .anySatisfy(
              line ->
                  assertThat(line)
                      .contains("plugin=first rule=*.test: it needs a pod's service account"));
      expect(source, "b.test/a", "u/p");
      expectFailure(
          source,
          "a.test/a",
          true,
          "plugin first needs a pod's service account token, which only a kubelet has");
    }
    assertThat(first.runs()).isZero();
  }

  @Test
  void aProviderThatCanDoWithoutAPodIsRunWithoutItsToken() throws IOException {
    // Given
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "u", "p"));
    configure(
        providers("first: '*.test'")
            .replace(
                "  env: []",
                "  tokenAttributes: {serviceAccountTokenAudience: a, requireServiceAccount: false}"));
    // Then
    expect(source(), "r.test/a", "u/p");
    assertThat(first.input()).doesNotContain("serviceAccount");
  }

  @Test
  void aChangedFileCountsAtOnceAndWhatTheOldOneGaveIsGone() throws IOException {
    // Given
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "first", "1"));
    second.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "second", "2"));
    configure(providers("first: '*.test'"));
    CredentialSource source = source();
    expect(source, "r.test/a", "first/1");
    // When
    configure(providers("second: '*.test'"));
    clock.advance(Duration.ofSeconds(1));
    // Then
    expect(source, "r.test/a", "second/2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "", "kind: CredentialProviderConfig", "gone: 'r.test'"})
  void aBrokenFileLeavesTheLastGoodOne(String broken) throws IOException {
    // Given
    first.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "first", "1"));
    configure(providers("first: '*.test'"));
    CredentialSource source = source();
    // When
    configure(broken.startsWith("gone") ? providers(broken) : broken);
    clock.advance(Duration.ofSeconds(1));
    // Then
    try (LogLines log = LogLines.listen()) {
      expect(source, "r.test/a", "first/1");
      assertThat(log.all())
          .anySatisfy(
              line -> assertThat(line).contains("credentials.config", "the last good one stays"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kubelet.config.k8s.io/v1|apps/v1|it is no CredentialProviderConfig of kubelet.config.k8s.io/v1",
        "kind: CredentialProviderConfig|kind: KubeletConfiguration|it is no CredentialProviderConfig",
        "providers:|others:|it has no providers",
        "name: first|name: ../first|a provider's name is '../first', which is no file name",
        "name: first|name: ..|a provider's name is '..', which is no file name",
        "name: first|name: ''|a provider's name is '', which is no file name",
        "name: first|name: second|it has two providers 'second'",
        "name: first|name: third|it names the provider 'third', but '",
        "credentialprovider.kubelet.k8s.io/v1|v1|the apiVersion of provider 'first' is none of credentialprovider.kubelet.k8s.io",
        "['*.test']|[]|the matchImages of provider 'first' is empty",
        "['*.test']|['*.test:*']|provider 'first' is for '*.test:*', which no image can match",
        "['*.test']|[1.5]|the matchImages of provider 'first' is not all text; put it in quotes",
        "1h|1 hour|the defaultCacheDuration of provider 'first' is no duration such as 12h or 30m",
        "env: []|env: [{name: A, value: 0010}]|the env of provider 'first' is not all text; put it in quotes",
        "env: []|env: [{value: canary}]|the env of provider 'first' is not all text; put it in quotes",
        "env: []|name: canary|it is not proper YAML, see line 8",
        "env: []|env: [{name: canary|it is not proper YAML, see line 9",
        "apiVersion: kube|{apiVersion: canary|it is not JSON"
      })
  void aWrongFileIsExplainedWithoutItsSecrets(String part, String instead, String sentence)
      throws IOException {
    // Given
    configure(
        providers("first: '*.test'", "second: '*.test'")
            .replaceFirst(Pattern.quote(part), instead));
    // Then
    assertThatIllegalArgumentException()
        .isThrownBy(this::source)
        .withMessageContaining("credentials.config is '" + config + "'")
        .withMessageContaining(sentence)
        .withMessageNotContaining("canary");
  }

  @Test
  void argumentsBesideAConfigurationAreRefused() throws IOException {
    // Given
    configure(providers("first: '*.test'"));
    // Then
    assertThatIllegalArgumentException()
        .isThrownBy(() -> source(List.of("get")))
        .withMessageContaining("credentials.args is set beside credentials.config");
  }

  private void configure(String content) throws IOException {
    Files.writeString(config, content);
  }

  /** A configuration of providers, each {@code name: 'glob'}. */
  private static String providers(String... globs) {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: kubelet.config.k8s.io/v1
            kind: CredentialProviderConfig
            providers:
            """);
    for (String glob : globs) {
      String[] pair = glob.split(": ", 2);
      yaml.append(
          """
          - name: %s
            apiVersion: credentialprovider.kubelet.k8s.io/v1
            matchImages: [%s]
            defaultCacheDuration: 1h
            env: []
          """
              .formatted(pair[0], pair[1]));
    }
    return yaml.toString();
  }

  private CredentialSource source() {
    return source(List.of());
  }

  private CredentialSource source(List<String> args) {
    return ProgramCredentials.of(
        new CredentialProperties.Exec(
            null,
            args,
            List.of(new EnvironmentVariable("SHARED", "1")),
            "credentialprovider.kubelet.k8s.io/v1",
            config,
            directory,
            Duration.ZERO),
        new CredentialContext("*.test", clock, Meters.unread(), ProxySelector.getDefault()));
  }

  private static void expect(CredentialSource source, String image, String expected) {
    StepVerifier.create(source.current(address(image)).map(ConfiguredPluginsTest::shown))
        .expectNext(expected)
        .expectComplete()
        .verify(Await.DEADLINE);
  }

  private static void expectFailure(
      CredentialSource source, String image, boolean denied, String sentence) {
    StepVerifier.create(source.current(address(image)))
        .expectErrorSatisfies(
            no ->
                assertThat(no)
                    .isInstanceOfSatisfying(
                        CredentialException.class, e -> assertThat(e.isDenied()).isEqualTo(denied))
                    .hasMessage(sentence))
        .verify(Await.DEADLINE);
  }

  private static String shown(Credential credential) {
    return credential instanceof Credential.Basic(String user, Secret password, _)
        ? user + "/" + password.reveal()
        : "anonymous";
  }

  private static RepositoryAddress address(String image) {
    int slash = image.indexOf('/');
    return new RepositoryAddress(
        new RegistryHost(image.substring(0, slash)),
        new RepositoryName(image.substring(slash + 1)));
  }
}
