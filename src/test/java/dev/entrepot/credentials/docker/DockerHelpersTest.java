package dev.entrepot.credentials.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.Secret;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeProgram;
import dev.entrepot.testing.MutableClock;
import java.io.IOException;
import java.net.ProxySelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

/** The helpers that a docker configuration names, in docker's order. */
class DockerHelpersTest {

  private static final String AUTHS = "\"auths\":{\"r.test\":{\"auth\":\"ZmlsZTpw\"}}"; // file:p
  private static final String HOLDS_NOTHING = "credentials not found in native keychain\n";

  private final MutableClock clock = MutableClock.create();
  private final Path directory;
  private final Path file;
  private final FakeProgram own;
  private final FakeProgram store;

  DockerHelpersTest(@TempDir Path directory) {
    this.directory = directory;
    this.file = directory.resolve("config.json");
    this.own =
        FakeProgram.in(directory, "docker-credential-own")
            .says(FakeProgram.helperAnswer("own", "p"));
    this.store =
        FakeProgram.in(directory, "docker-credential-store")
            .says(FakeProgram.helperAnswer("store", "p"));
  }

  @Test
  void theRegistrysHelperComesBeforeTheStoreAndTheStoreBeforeTheFile() throws IOException {
    // Given
    CredentialSource source =
        source(
            "{"
                + AUTHS
                + ",\"credHelpers\":{\"o.test\":\"own\",\"r.test\":\"own\"},\"credsStore\":\"store\"}");
    // Then
    expect(source, "o.test", "own/p");
    expect(source, "r.test", "own/p");
    expect(source, "s.test", "store/p");
    assertThat(store.input()).isEqualTo("s.test");
    assertThat(store.runs()).isOne();
  }

  @Test
  void theStoreComesBeforeTheFile() throws IOException {
    // Given
    CredentialSource source = source("{" + AUTHS + ",\"credsStore\":\"store\"}");
    // Then
    expect(source, "r.test", "store/p");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theFileCountsWhereTheStoreHoldsNothingOrTheRegistryIsExempt(boolean exempt)
      throws IOException {
    // Given
    store.fails(1, HOLDS_NOTHING);
    String helpers = exempt ? "\"credHelpers\":{\"r.test\":\"\"}" : "\"credHelpers\":{}";
    CredentialSource source = source("{" + AUTHS + "," + helpers + ",\"credsStore\":\"store\"}");
    // Then
    expect(source, "r.test", "file/p");
    expect(source, "s.test", "anonymous");
  }

  @Test
  void theFileCountsWhereTheStoreCannotBeAsked() throws IOException {
    // Given
    CredentialSource source = source("{" + AUTHS + ",\"credsStore\":\"desktop\"}");
    // Then
    expect(source, "r.test", "file/p");
    expectFailure(source, "s.test", "docker-credential-desktop is not on the PATH");
  }

  @Test
  void aRegistrysHelperThatHoldsNothingHasTheLastWord() throws IOException {
    // Given
    own.fails(1, HOLDS_NOTHING);
    CredentialSource source = source("{" + AUTHS + ",\"credHelpers\":{\"r.test\":\"own\"}}");
    // Then
    expect(source, "r.test", "anonymous");
  }

  @Test
  void anIdentityTokenOfAHelperIsOne() throws IOException {
    // Given
    own.says(FakeProgram.helperAnswer("<token>", "refresh"));
    // Then
    expect(source("{\"credHelpers\":{\"r.test\":\"own\"}}"), "r.test", "identity refresh");
  }

  @Test
  void dockerHubsHelperIsAskedByItsOldName() throws IOException {
    // Given
    CredentialSource source = source("{\"credHelpers\":{\"https://index.docker.io/v1/\":\"own\"}}");
    // When
    expect(source, "docker.io", "own/p");
    // Then
    assertThat(own.input()).isEqualTo("https://index.docker.io/v1/");
  }

  @Test
  void anAnswerCountsForFiveMinutesUnlessItIsRefused() throws IOException {
    // Given
    CredentialSource source = source("{\"credHelpers\":{\"r.test\":\"own\"}}");
    expect(source, "r.test", "own/p");
    clock.advance(Duration.ofMinutes(3));
    expect(source, "r.test", "own/p");
    assertThat(own.runs()).isOne();
    own.says(FakeProgram.helperAnswer("own", "new"));
    // When
    source.refused(new Credential.Basic("own", Secret.of("p")));
    // Then
    expect(source, "r.test", "own/new");
    own.says(FakeProgram.helperAnswer("own", "newer"));
    clock.advance(Duration.ofMinutes(5));
    expect(source, "r.test", "own/newer");
  }

  @Test
  void aChangedFileDropsWhatHelpersGave() throws IOException {
    // Given
    CredentialSource source = source("{\"credHelpers\":{\"r.test\":\"own\"}}");
    expect(source, "r.test", "own/p");
    own.says(FakeProgram.helperAnswer("own", "new"));
    // When
    Files.writeString(file, "{\"credHelpers\":{\"r.test\":\"own\"},\"HttpHeaders\":{}}");
    clock.advance(Duration.ofSeconds(1));
    // Then
    expect(source, "r.test", "own/new");
  }

  @Test
  void aFailureIsOneSentence() throws IOException {
    // Given
    own.fails(1, "canary");
    // Then
    expectFailure(
        source("{\"credHelpers\":{\"r.test\":\"own\"}}"),
        "r.test",
        "docker-credential-own ended with exit code 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"credHelpers\":{\"r.test\":\"../../bin/sh\"}}",
        "{\"credsStore\":\"a b\"}",
      })
  void aWordThatIsNoHelperIsRefused(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> source(json))
        .withMessageContaining("names what is no credential helper");
  }

  private CredentialSource source(String json) throws IOException {
    Files.writeString(file, json);
    return new DockerConfigCredentialSource(
        file,
        List.of(new EnvironmentVariable("PATH", directory + ":/usr/bin:/bin")),
        new CredentialContext("r.test", clock, Meters.unread(), ProxySelector.getDefault()));
  }

  private static void expect(CredentialSource source, String registry, String expected) {
    StepVerifier.create(source.current(address(registry)).map(DockerHelpersTest::shown))
        .expectNext(expected)
        .expectComplete()
        .verify(Await.DEADLINE);
  }

  private static void expectFailure(CredentialSource source, String registry, String sentence) {
    StepVerifier.create(source.current(address(registry)))
        .expectErrorSatisfies(
            no -> assertThat(no).isInstanceOf(CredentialException.class).hasMessage(sentence))
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

  private static RepositoryAddress address(String registry) {
    return new RepositoryAddress(new RegistryHost(registry), new RepositoryName("team/app"));
  }
}
