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
import java.net.ProxySelector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** A docker credential helper: how it is found and asked, and what its answers mean. */
class DockerHelperTest {

  private static final String HOLDS_NOTHING = "credentials not found in native keychain\n";

  private final MutableClock clock = MutableClock.create();
  private final Path directory;
  private final FakeProgram helper;

  DockerHelperTest(@TempDir Path directory) {
    this.directory = directory;
    this.helper = FakeProgram.in(directory, "docker-credential-fake");
  }

  @ParameterizedTest
  @CsvSource({
    "registry.test, registry.test",
    "registry.test:5000, registry.test:5000",
    "docker.io, https://index.docker.io/v1/"
  })
  void itIsAskedForTheRegistryAndItsAnswerIsUsed(String registry, String question) {
    // Given
    helper.says(FakeProgram.helperAnswer("u", "canary"));
    // When
    expect(source("fake"), registry, "u/canary");
    // Then
    assertThat(helper.input()).isEqualTo(question);
    assertThat(helper.commandLine()).endsWith("docker-credential-fake\nget\n");
    assertThat(helper.environment()).contains("EXTRA=1");
  }

  @Test
  void aTokenIsAnIdentityToken() {
    // Given
    helper.says(FakeProgram.helperAnswer("<token>", "refresh"));
    // Then
    expect(source("fake"), "registry.test", "identity refresh");
  }

  @Test
  void whatItDoesNotHoldIsPulledWithoutCredential() {
    // Given
    helper.fails(1, HOLDS_NOTHING);
    // Then
    expect(source("fake"), "registry.test", "anonymous");
  }

  /** ecr-login says so of every trouble. */
  @Test
  void whatItHeldOnceIsNotGivenUpWhenItHoldsNothing() {
    // Given
    helper.says(FakeProgram.helperAnswer("u", "p"));
    CredentialSource source = source("fake");
    expect(source, "registry.test", "u/p");
    helper.fails(1, HOLDS_NOTHING);
    // When
    clock.advance(Duration.ofMinutes(4).plusSeconds(30));
    expect(source, "registry.test", "u/p");
    Await.until("the renewal", () -> helper.runs() == 2);
    expect(source, "registry.test", "u/p");
    clock.advance(Duration.ofMinutes(5));
    // Then
    expectFailure(
        source,
        "docker-credential-fake holds nothing for registry.test any more, or could not get it");
  }

  @Test
  void itIsFoundByPathByNameAndByDockersWord() {
    // Given
    helper.says(FakeProgram.helperAnswer("u", "p"));
    FakeProgram.in(directory, "fake").does("exit 9");
    FakeProgram.in(directory, "other").says(FakeProgram.helperAnswer("other", "p"));
    // Then
    expect(source(helper.path().toString()), "registry.test", "u/p");
    expect(source("docker-credential-fake"), "registry.test", "u/p");
    // A program that is called like the helper for it is not the helper.
    expect(source("fake"), "registry.test", "u/p");
    expect(source("other"), "registry.test", "other/p");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing|docker-credential-missing is not on the PATH",
        "docker-credential-missing|docker-credential-missing is not on the PATH",
        "/no/such/helper|\"/no/such/helper\" is no executable file"
      })
  void aHelperThatIsNotThereStopsTheStart(String command, String sentence) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> source(command))
        .withMessage("credentials.command is '%s', but %s.", command, sentence.replace('"', '\''));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "echo canary >&2; exit 1|ended with exit code 1",
        "echo canary; exit 2|ended with exit code 2",
        "echo canary|answered with something that is no Username and Secret in JSON",
        "echo '{\"Username\":\"canary\"}'|answered with something that is no Username and Secret in JSON",
        "yes canary|wrote more than 1 MiB and was killed"
      })
  void aFailureIsOneSentenceWithoutWhatWasSaid(String shell, String sentence) {
    // Given
    helper.does(shell);
    try (LogLines log = LogLines.listen()) {
      // When
      expectFailure(source("fake"), "docker-credential-fake " + sentence);
      // Then
      assertThat(log.all())
          .anySatisfy(line -> assertThat(line).contains(sentence))
          .noneSatisfy(line -> assertThat(line).contains("canary"));
    }
  }

  @Test
  void aHundredPullsAtOnceRunItOnceForTheRegistry() {
    // Given
    helper.says(FakeProgram.helperAnswer("u", "p"));
    CredentialSource source = source("fake");
    // When
    StepVerifier.create(
            Flux.range(0, 100)
                .flatMap(i -> source.current(address("registry.test", "app" + i)), 100)
                .map(DockerHelperTest::shown)
                .distinct())
        .expectNext("u/p")
        .expectComplete()
        .verify(Await.DEADLINE);
    // Then
    assertThat(helper.runs()).isOne();
  }

  @ParameterizedTest
  @CsvSource({"PT5M, PT210S, PT5M", "PT1H, PT42M, PT1H", "PT0S, PT20S, PT30S"})
  void anAnswerIsKeptForTheConfiguredTime(Duration configured, Duration kept, Duration gone) {
    // Given
    helper.says(FakeProgram.helperAnswer("u", "old"));
    CredentialSource source = source("fake", configured);
    expect(source, "registry.test", "u/old");
    helper.says(FakeProgram.helperAnswer("u", "new"));
    // When
    clock.advance(kept);
    expect(source, "registry.test", "u/old");
    assertThat(helper.runs()).isOne();
    clock.advance(gone.minus(kept));
    // Then
    expect(source, "registry.test", "u/new");
  }

  @Test
  void aRefusedCredentialIsAskedForAgainAtOnceButNotAtEveryPull() {
    // Given
    helper.says(FakeProgram.helperAnswer("u", "old"));
    CredentialSource source = source("fake");
    expect(source, "registry.test", "u/old");
    // When
    source.refused(new Credential.Basic("u", Secret.of("old")));
    expect(source, "registry.test", "u/old");
    source.refused(new Credential.Basic("u", Secret.of("old")));
    expect(source, "registry.test", "u/old");
    // Then
    assertThat(helper.runs()).isEqualTo(2);
    helper.says(FakeProgram.helperAnswer("u", "new"));
    clock.advance(Duration.ofSeconds(5));
    source.refused(new Credential.Basic("u", Secret.of("old")));
    expect(source, "registry.test", "u/new");
  }

  @Test
  void withoutTheHelperItsLastAnswerLastsToItsEnd() {
    // Given
    helper.says(FakeProgram.helperAnswer("u", "p"));
    CredentialSource source = source("fake");
    expect(source, "registry.test", "u/p");
    // When
    helper.delete();
    clock.advance(Duration.ofMinutes(4));
    expect(source, "registry.test", "u/p");
    clock.advance(Duration.ofMinutes(1));
    // Then
    expectFailure(source, "docker-credential-fake is not on the PATH");
  }

  private CredentialSource source(String command) {
    return source(command, DockerHelper.CACHE_DURATION);
  }

  private CredentialSource source(String command, Duration cacheDuration) {
    return ProgramCredentials.of(
        new CredentialProperties.Helper(
            command,
            List.of(
                new EnvironmentVariable("PATH", directory + ":/usr/bin:/bin"),
                new EnvironmentVariable("EXTRA", "1")),
            cacheDuration),
        new CredentialContext("registry.test", clock, Meters.unread(), ProxySelector.getDefault()));
  }

  private static void expect(CredentialSource source, String registry, String expected) {
    StepVerifier.create(source.current(address(registry, "team/app")).map(DockerHelperTest::shown))
        .expectNext(expected)
        .expectComplete()
        .verify(Await.DEADLINE);
  }

  private static void expectFailure(CredentialSource source, String sentence) {
    StepVerifier.create(source.current(address("registry.test", "a")))
        .expectErrorSatisfies(
            no ->
                assertThat(no)
                    .isInstanceOfSatisfying(
                        CredentialException.class, e -> assertThat(e.isDenied()).isFalse())
                    .hasMessage(sentence))
        .verify(Await.DEADLINE);
  }

  private static String shown(Credential credential) {
    return switch (credential) {
      case Credential.Basic(String user, Secret password, _) -> user + "/" + password.reveal();
      case Credential.IdentityToken(Secret token, _) -> "identity " + token.reveal();
      case Credential.Anonymous _ -> "anonymous";
      case Credential.Bearer _, Credential.EntraToken _ -> "something else";
    };
  }

  private static RepositoryAddress address(String registry, String repository) {
    return new RepositoryAddress(new RegistryHost(registry), new RepositoryName(repository));
  }
}
