package dev.entrepot.credentials.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.Secret;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.FakeProgram;
import dev.entrepot.testing.MutableClock;
import java.io.IOException;
import java.net.ProxySelector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

/** Credentials from files: docker configurations in all their forms, and files that change. */
class CredentialSourcesTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  private final MutableClock clock = MutableClock.create();

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // dXNlcjpwYTpzcw== is user:pa:ss; dTpwAAA= is u:p and two NULs
        "registry.test|registry.test|team/app|user/pa:ss",
        "https://registry.test|registry.test|team/app|user/pa:ss",
        "https://registry.test/v1/|registry.test|team/app|user/pa:ss",
        "https://registry.test/v2/|registry.test|team/app|user/pa:ss",
        "registry.test:5000|registry.test:5000|team/app|user/pa:ss",
        "registry.test:5000|registry.test|team/app|anonymous",
        "https://index.docker.io/v1/|docker.io|library/nginx|user/pa:ss",
        "registry.test/team|registry.test|team/app|user/pa:ss",
        "registry.test/team|registry.test|teams/app|anonymous",
        "registry.test/team/app|registry.test|team|anonymous",
        "other.test|registry.test|team/app|anonymous"
      })
  void aKeyMeansARegistryOrTheStartOfItsRepositories(
      String key, String host, String repository, String expected) throws IOException {
    // Given
    CredentialSource source =
        docker("{\"auths\":{\"%s\":{\"auth\":\"dXNlcjpwYTpzcw==\"}}}".formatted(key));
    // Then
    StepVerifier.create(source.current(address(host, repository)).map(CredentialSourcesTest::shown))
        .expectNext(expected)
        .expectComplete()
        .verify(SOON);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"auth\":\"dTpwAAA=\"}|u/p",
        "{\"username\":\"u\",\"password\":\"p\"}|u/p",
        "{\"identitytoken\":\"i\",\"auth\":\"dTpw\"}|identity i",
        "{\"registrytoken\":\"r\"}|bearer r",
        "{}|anonymous"
      })
  void everyFormOfEntryIsRead(String entry, String expected) throws IOException {
    // Given
    CredentialSource source = docker("{\"auths\":{\"registry.test\":" + entry + "}}");
    // Then
    StepVerifier.create(
            source.current(address("registry.test", "a")).map(CredentialSourcesTest::shown))
        .expectNext(expected)
        .expectComplete()
        .verify(SOON);
  }

  @Test
  void theLongestPathWins() throws IOException {
    // Given
    String json =
        """
        {"auths":{"r.test":{"auth":"YTox"},"r.test/x/y":{"auth":"YTo3"},"r.test/x":{"auth":"YTo1"}}}
        """;
    // Then
    StepVerifier.create(
            docker(json).current(address("r.test", "x/y/z")).map(CredentialSourcesTest::shown))
        .expectNext("a/7")
        .expectComplete()
        .verify(SOON);
  }

  @Test
  void aMountedSecretAndTheOldBareFormAreRead() throws IOException {
    // Given
    Files.writeString(
        directory.resolve(".dockerconfigjson"), "{\"auths\":{\"r.test\":{\"auth\":\"YTox\"}}}");
    Path bare =
        Files.writeString(directory.resolve(".dockercfg"), "{\"r.test\":{\"auth\":\"YTox\"}}");
    // Then
    for (Path file : new Path[] {directory, bare}) {
      StepVerifier.create(
              source(file).current(address("r.test", "x")).map(CredentialSourcesTest::shown))
          .expectNext("a/1")
          .expectComplete()
          .verify(SOON);
    }
  }

  @Test
  void aHelperIsNotPassedOverInSilence() throws IOException {
    // Given
    CredentialSource source =
        docker("{\"auths\":{},\"credHelpers\":{\"public.ecr.aws\":\"nowhere\"}}");
    // Then
    StepVerifier.create(source.current(address("public.ecr.aws", "x/y")))
        .expectErrorSatisfies(
            no ->
                assertThat(no)
                    .isInstanceOf(CredentialException.class)
                    .hasMessage("docker-credential-nowhere is not on the PATH"))
        .verify(SOON);
  }

  @Test
  void aPluginIsAsked() {
    // Given
    Path plugin =
        FakeProgram.in(directory, "plugin")
            .says(FakeProgram.pluginAnswer("Global", "1h", "registry.test", "u", "p"))
            .path();
    // Then
    expect(
        source(
            new CredentialProperties.Exec(
                plugin,
                List.of(),
                List.of(),
                "credentialprovider.kubelet.k8s.io/v1",
                null,
                null,
                Duration.ZERO)),
        "u/p");
  }

  @Test
  void aDockerHelperIsAsked() {
    // Given
    FakeProgram helper =
        FakeProgram.in(directory, "helper").says(FakeProgram.helperAnswer("u", "p"));
    // Then
    expect(
        source(
            new CredentialProperties.Helper(
                helper.path().toString(), List.of(), Duration.ofMinutes(5))),
        "u/p");
  }

  @Test
  void aChangedFileIsTakenUpAfterASecond() throws IOException {
    // Given
    Path file = Files.writeString(directory.resolve("password"), "old\n");
    CredentialSource source = password(file);
    Files.writeString(file, "new\n");
    expect(source, "u/old");
    // When
    clock.advance(Duration.ofMillis(1001));
    // Then
    expect(source, "u/new");
  }

  @Test
  void aRefusalLooksAtTheFileAtOnce() throws IOException {
    // Given
    Path file = Files.writeString(directory.resolve("password"), "old\n");
    CredentialSource source = password(file);
    Files.writeString(file, "new\n");
    // When
    source.refused(new Credential.Basic("u", Secret.of("old")));
    // Then
    expect(source, "u/new");
  }

  @Test
  void aBrokenOrMissingFileLeavesTheLastGoodOne() throws IOException {
    // Given
    Path file = Files.writeString(directory.resolve("password"), "old\n");
    CredentialSource source = password(file);
    // When
    Files.writeString(file, "\n");
    clock.advance(Duration.ofSeconds(2));
    expect(source, "u/old");
    Files.delete(file);
    clock.advance(Duration.ofSeconds(2));
    // Then
    expect(source, "u/old");
  }

  @ParameterizedTest
  @ValueSource(strings = {"_json_key", "_json_key_base64"})
  void aKeyIsAPasswordInOneFormHoweverItWasPasted(String user) throws IOException {
    // Given
    String key = googleKey();
    String pasted =
        Base64.getMimeEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8)) + "\n";
    Path file = Files.writeString(directory.resolve("key"), pasted);
    String canonical = key.replaceAll("\\s*\n\\s*", "").replace("\" : ", "\":");
    String expected =
        user.equals("_json_key")
            ? canonical
            : Base64.getEncoder().encodeToString(canonical.getBytes(StandardCharsets.UTF_8));
    // Then
    expect(source(new CredentialProperties.Basic(user, null, file)), user + "/" + expected);
    expect(source(CredentialProperties.basic(user, key)), user + "/" + expected);
  }

  @Test
  void aDamagedKeyAsAPasswordStopsTheStart() throws IOException {
    // Given
    String damaged = googleKey().replace("\\n", "\\\\n");
    Path file = Files.writeString(directory.resolve("key"), damaged);
    // Then
    assertThatThrownBy(() -> source(new CredentialProperties.Basic("_json_key", null, file)))
        .hasMessageContaining("credentials.password-file")
        .hasMessageContaining("private_key holds the two characters");
    assertThatThrownBy(() -> source(CredentialProperties.basic("_json_key", damaged)))
        .hasMessageStartingWith(
            "credentials.password of user '_json_key' cannot be used: private_key");
  }

  @Test
  void aGoogleKeyIsReadAtTheStart() throws IOException {
    // Given
    Path file = Files.writeString(directory.resolve("key"), "canary");
    // Then
    assertThatThrownBy(() -> source(new CredentialProperties.Google(file, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("credentials.key-file is '" + file + "'")
        .hasMessageContaining("neither a JSON key nor base64 of one")
        .hasMessageNotContaining("canary");
  }

  private static String googleKey() {
    try (FakeGoogle google = FakeGoogle.start(MutableClock.create())) {
      return google.keyOf("puller@acme.iam.gserviceaccount.com");
    }
  }

  @Test
  void aFileThatIsNotThereStopsTheStart() {
    assertThatThrownBy(() -> password(directory.resolve("missing")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("credentials.password-file")
        .hasMessageContaining("missing");
  }

  @Test
  void aBrokenDockerConfigurationIsExplainedWithoutItsContent() throws IOException {
    // Given
    Path file = Files.writeString(directory.resolve("c.json"), "{\"auths\":{\"canary\": nonsense");
    // Then
    assertThatThrownBy(() -> source(file))
        .hasMessageContaining("it is not JSON")
        .hasMessageNotContaining("canary");
  }

  private CredentialSource docker(String json) throws IOException {
    return source(Files.writeString(directory.resolve("config.json"), json));
  }

  private CredentialSource source(Path file) {
    return source(new CredentialProperties.DockerConfig(file));
  }

  private CredentialSource password(Path file) {
    return source(new CredentialProperties.Basic("u", null, file));
  }

  private CredentialSource source(CredentialProperties properties) {
    return CredentialSources.of(
        properties,
        new CredentialContext("r.test", clock, Meters.unread(), ProxySelector.getDefault()));
  }

  private static void expect(CredentialSource source, String shown) {
    StepVerifier.create(
            source.current(address("registry.test", "a")).map(CredentialSourcesTest::shown))
        .expectNext(shown)
        .expectComplete()
        .verify(SOON);
  }

  private static RepositoryAddress address(String host, String repository) {
    return new RepositoryAddress(new RegistryHost(host), new RepositoryName(repository));
  }

  private static String shown(Credential credential) {
    return switch (credential) {
      case Credential.Anonymous _ -> "anonymous";
      case Credential.Basic(String user, Secret password, _) -> user + "/" + password.reveal();
      case Credential.Bearer(Secret token, _) -> "bearer " + token.reveal();
      case Credential.IdentityToken(Secret token, _) -> "identity " + token.reveal();
      case Credential.EntraToken(Secret token, _, _) -> "entra " + token.reveal();
    };
  }
}
