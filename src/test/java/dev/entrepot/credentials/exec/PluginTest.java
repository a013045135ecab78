package dev.entrepot.credentials.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

/** One kubelet plugin: what it is asked, how long its answer counts, and what a failure says. */
class PluginTest {

  private static final String V1 = "credentialprovider.kubelet.k8s.io/v1";
  private static final String ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

  private final MutableClock clock = MutableClock.create();
  private final Path directory;
  private final FakeProgram plugin;

  PluginTest(@TempDir Path directory) {
    this.directory = directory;
    this.plugin = FakeProgram.in(directory, "ecr-credential-provider");
  }

  @Test
  void itIsAskedForTheImageWithoutTagAndItsCredentialIsUsed() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Registry", "12h", ECR, "AWS", "canary"));
    // When
    expect(source(), ECR + "/team/app", "AWS/canary");
    // Then
    assertThat(plugin.input())
        .contains("\"apiVersion\":\"" + V1 + "\"")
        .contains("\"kind\":\"CredentialProviderRequest\"")
        .contains("\"image\":\"" + ECR + "/team/app\"");
    assertThat(plugin.commandLine()).doesNotContain("canary");
  }

  @Test
  void theVersionThatIsConfiguredIsSpoken() {
    // Given
    String beta = V1 + "beta1";
    plugin.says(FakeProgram.pluginAnswer("Image", "1h", ECR, "u", "p").replace(V1, beta));
    // When
    expect(source(beta, "0s"), ECR + "/app", "u/p");
    // Then
    assertThat(plugin.input()).contains("\"" + beta + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|anonymous",
        "null|anonymous",
        "{'r.test':{'username':'','password':''}}|anonymous",
        "{'other.test':{'username':'u','password':'p'}}|anonymous",
        "{'r.test':{'username':'u','password':'p'}}|u/p",
        "{'*.test':{'username':'u','password':'p'}}|u/p",
        "{'https://r.test':{'username':'u','password':'p'}}|u/p",
        "{'r.test/v2/':{'username':'u','password':'p'}}|u/p",
        // From the last to the first in order of letters.
        "{'r.test':{'username':'a','password':'1'},'r.test/team':{'username':'b','password':'2'}}|b/2",
        "{'r.test/team/app':{'username':'c','password':'3'},'r.test/team':{'username':'b','password':'2'}}|c/3",
        "{'*.test':{'username':'a','password':'1'},'r.test':{'username':'b','password':'2'}}|b/2",
        "{'*.test/team/app':{'username':'a','password':'1'},'r.test':{'username':'b','password':'2'}}|b/2"
      })
  void ofSeveralCredentialsTheOneIsChosenThatKubeletWouldTryFirst(String auth, String expected) {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Image", "\"1h\"", auth.replace('\'', '"')));
    // Then
    expect(source(), "r.test/team/app", expected);
  }

  @Test
  void theOldKeyOfDockerHubIsItsLastResort() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Image", "1h", "https://index.docker.io/v1/", "hub", "p"));
    // Then
    CredentialSource source = source();
    expect(source, "docker.io/library/nginx", "hub/p");
    expect(source, "r.test/library/nginx", "anonymous");
  }

  @Test
  void aHundredPullsAtOnceRunItOnce() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Image", "0s", ECR, "AWS", "p"));
    CredentialSource source = source();
    // When
    StepVerifier.create(
            Flux.range(0, 100)
                .flatMap(_ -> source.current(address(ECR + "/app")), 100)
                .map(PluginTest::shown)
                .distinct())
        .expectNext("AWS/p")
        .expectComplete()
        .verify(Await.DEADLINE);
    // Then
    assertThat(plugin.runs()).isOne();
  }

  @ParameterizedTest
  @CsvSource({
    // Runs for: the same image, another of the registry, another registry
    "Image, 1, 2, 3",
    "Registry, 1, 1, 2",
    "Global, 1, 1, 1"
  })
  void anAnswerHoldsAsWidelyAsItSays(String cacheKeyType, int same, int sibling, int stranger) {
    // Given
    plugin.says(FakeProgram.pluginAnswer(cacheKeyType, "1h", "*.test", "u", "p"));
    CredentialSource source = source();
    expect(source, "a.test/one", "u/p");
    // Then
    expect(source, "a.test/one", "u/p");
    assertThat(plugin.runs()).isEqualTo(same);
    expect(source, "a.test/two", "u/p");
    assertThat(plugin.runs()).isEqualTo(sibling);
    expect(source, "b.test/one", "u/p");
    assertThat(plugin.runs()).isEqualTo(stranger);
  }

  @Test
  void aNarrowerAnswerCountsBeforeAWiderOne() {
    // Given
    CredentialSource source = source();
    plugin.says(FakeProgram.pluginAnswer("Image", "1h", "a.test", "image", "p"));
    expect(source, "a.test/one", "image/p");
    plugin.says(FakeProgram.pluginAnswer("Global", "1h", "*.test", "global", "p"));
    expect(source, "b.test/one", "global/p");
    // Then
    expect(source, "a.test/one", "image/p");
    expect(source, "a.test/two", "global/p");
  }

  @ParameterizedTest
  @CsvSource({
    // Of the answer, of the settings, how long it is kept without doubt, when it is surely gone
    "'\"1h\"', 2h, PT40M, PT1H",
    "null, 2h, PT80M, PT2H",
    "'\"0s\"', 2h, PT20S, PT30S",
    "'\"5s\"', 2h, PT20S, PT30S",
    "'\"-1h\"', 2h, PT20S, PT30S",
    "null, 0s, PT20S, PT30S"
  })
  void anAnswerIsKeptAsLongAsItSaysButAtLeastThroughOnePull(
      String answered, String configured, Duration kept, Duration gone) {
    // Given
    String auth = "{\"r.test\":{\"username\":\"u\",\"password\":\"%s\"}}";
    plugin.says(FakeProgram.pluginAnswer("Registry", answered, auth.formatted("old")));
    CredentialSource source = source(V1, configured);
    expect(source, "r.test/a", "u/old");
    plugin.says(FakeProgram.pluginAnswer("Registry", answered, auth.formatted("new")));
    // When
    clock.advance(kept);
    expect(source, "r.test/a", "u/old");
    assertThat(plugin.runs()).isOne();
    clock.advance(gone.minus(kept));
    // Then
    expect(source, "r.test/a", "u/new");
    assertThat(plugin.runs()).isEqualTo(2);
  }

  @Test
  void anAnswerThatIsUsedIsRenewedBeforeItsEnd() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "u", "old"));
    CredentialSource source = source();
    expect(source, "r.test/a", "u/old");
    plugin.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "u", "new"));
    // When
    clock.advance(Duration.ofMinutes(50));
    expect(source, "r.test/b", "u/old");
    // Then
    Await.until("the renewal", () -> shown(source, "r.test/c").equals("u/new"));
    assertThat(plugin.runs()).isEqualTo(2);
  }

  @Test
  void withoutThePluginItsLastAnswerLastsToItsEnd() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "u", "p"));
    CredentialSource source = source();
    expect(source, "r.test/a", "u/p");
    // When
    plugin.delete();
    clock.advance(Duration.ofMinutes(55));
    expect(source, "r.test/a", "u/p");
    clock.advance(Duration.ofMinutes(5));
    // Then
    expectFailure(
        source,
        "plugin ecr-credential-provider cannot be run: '%s' is no executable file"
            .formatted(plugin.path()));
  }

  @Test
  void aRefusedCredentialIsAskedForAgainAtOnce() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Registry", "12h", "r.test", "u", "old"));
    CredentialSource source = source();
    expect(source, "r.test/a", "u/old");
    plugin.says(FakeProgram.pluginAnswer("Registry", "12h", "r.test", "u", "new"));
    // When
    source.refused(basic("u", "old"));
    // Then
    expect(source, "r.test/b", "u/new");
    assertThat(plugin.runs()).isEqualTo(2);
  }

  @Test
  void aRefusedRenewalIsNotFollowedByWhatWasBeforeIt() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "u", "old"));
    CredentialSource source = source();
    expect(source, "r.test/a", "u/old");
    plugin.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "u", "renewed"));
    clock.advance(Duration.ofMinutes(50));
    Await.until("the renewal", () -> shown(source, "r.test/b").equals("u/renewed"));
    plugin.says(FakeProgram.pluginAnswer("Registry", "1h", "r.test", "u", "third"));
    // When
    source.refused(basic("u", "renewed"));
    // Then
    expect(source, "r.test/a", "u/third");
  }

  @Test
  void credentialsThatStayRefusedDoNotRunItAtEveryPull() {
    // Given
    CredentialSource source = source();
    for (String image : List.of("r.test/a", "s.test/a")) {
      plugin.says(
          FakeProgram.pluginAnswer("Registry", "12h", image.substring(0, 6), image, "wrong"));
      expect(source, image, image + "/wrong");
    }
    assertThat(plugin.runs()).isEqualTo(2);
    // When
    for (int pull = 0; pull < 5; pull++) {
      source.refused(basic("r.test/a", "wrong"));
      source.refused(basic("s.test/a", "wrong"));
      shown(source, "s.test/a");
    }
    // Then
    assertThat(plugin.runs()).isEqualTo(3);
    clock.advance(Duration.ofSeconds(5));
    source.refused(basic("s.test/a", "wrong"));
    shown(source, "s.test/a");
    assertThat(plugin.runs()).isEqualTo(4);
  }

  @Test
  void whoIsAnonymousAndRefusedIsLookedUpAgain() {
    // Given
    plugin.says(FakeProgram.pluginAnswer("Registry", "\"12h\"", "{}"));
    CredentialSource source = source();
    expect(source, "r.test/a", "anonymous");
    plugin.says(FakeProgram.pluginAnswer("Registry", "12h", "r.test", "u", "p"));
    // When
    source.refused(new Credential.Anonymous());
    // Then
    expect(source, "r.test/a", "u/p");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit 1|ended with exit code 1",
        "echo canary >&2; echo canary; exit 7|ended with exit code 7",
        "kill -9 $$|ended with exit code 137",
        "true|answered with something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "echo canary|answered with something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "echo '[1]'|answered with something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "yes canary|wrote more than 1 MiB and was killed"
      })
  void aFailureIsOneSentenceWithoutWhatWasSaid(String shell, String sentence) {
    // Given
    plugin.does(shell);
    try (LogLines log = LogLines.listen()) {
      // When
      expectFailure(source(), "plugin ecr-credential-provider " + sentence);
      // Then
      assertThat(log.all())
          .anySatisfy(
              line ->
                  assertThat(line)
                      .contains("rule=*.test", "plugin ecr-credential-provider " + sentence))
          .noneSatisfy(line -> assertThat(line).contains("canary"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kubelet.k8s.io/v1\"|kubelet.k8s.io/v1beta1\"|something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "ProviderResponse|ProviderRequest|something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "{\"username\":\"u\",\"password\":\"canary\"}|\"canary\"|something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "canary\"}}}|canary\"}|something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "{\"r.test\":{\"username\":\"u\",\"password\":\"canary\"}}|\"canary\"|something that is no CredentialProviderResponse of credentialprovider.kubelet.k8s.io/v1",
        "Registry|registry|a cacheKeyType that is none of Image, Registry and Global",
        "Registry||a cacheKeyType that is none of Image, Registry and Global",
        "12h|canary|a cacheDuration that is no duration",
        "\"12h\"|12|a cacheDuration that is no duration"
      })
  void anAnswerThatIsNotQuiteRightIsNotUsed(String part, String instead, String sentence) {
    // Given
    String right = FakeProgram.pluginAnswer("Registry", "12h", "r.test", "u", "canary");
    plugin.says(right.replace(part, instead == null ? "" : instead));
    // Then
    expectFailure(source(), "plugin ecr-credential-provider answered with " + sentence);
  }

  @Test
  void whoHangsIsKilledBeforeAPullGivesUp() {
    // Given
    plugin.hangs();
    // When
    expectFailure(
        source(), "plugin ecr-credential-provider did not answer within 7 s and was killed");
    // Then
    assertThat(plugin.awaitHanging())
        .allSatisfy(
            process ->
                Await.until("the end of process " + process, () -> FakeProgram.isGone(process)));
  }

  @Test
  void whoFailedIsAskedAgainAfterASecond() {
    // Given
    plugin.does("exit 1");
    CredentialSource source = source();
    expectFailure(source, "plugin ecr-credential-provider ended with exit code 1");
    plugin.says(FakeProgram.pluginAnswer("Registry", "12h", "r.test", "u", "p"));
    expectFailure(source, "plugin ecr-credential-provider ended with exit code 1");
    assertThat(plugin.runs()).isOne();
    // When
    clock.advance(Duration.ofSeconds(1));
    // Then
    expect(source, "r.test/a", "u/p");
  }

  @Test
  void settingsThatCannotWorkStopTheStart() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> source(directory.resolve("missing"), V1, "0s"))
        .withMessageContaining("credentials.command is")
        .withMessageContaining("missing', which is no executable file.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> source("client.authentication.k8s.io/v1", "0s"))
        .withMessageContaining("credentials.api-version is 'client.authentication.k8s.io/v1'");
  }

  private CredentialSource source() {
    return source(V1, "0s");
  }

  private CredentialSource source(String apiVersion, String cacheDuration) {
    return source(plugin.path(), apiVersion, cacheDuration);
  }

  private CredentialSource source(Path command, String apiVersion, String cacheDuration) {
    return ProgramCredentials.of(
        new CredentialProperties.Exec(
            command,
            List.of(),
            List.of(),
            apiVersion,
            null,
            null,
            GoDuration.parse(cacheDuration).orElseThrow()),
        new CredentialContext("*.test", clock, Meters.unread(), ProxySelector.getDefault()));
  }

  private static void expect(CredentialSource source, String image, String expected) {
    assertThat(shown(source, image)).isEqualTo(expected);
  }

  private static void expectFailure(CredentialSource source, String sentence) {
    StepVerifier.create(source.current(address("r.test/a")))
        .expectErrorSatisfies(
            no ->
                assertThat(no)
                    .isInstanceOfSatisfying(
                        CredentialException.class, e -> assertThat(e.isDenied()).isFalse())
                    .hasMessage(sentence))
        .verify(Await.DEADLINE);
  }

  private static String shown(CredentialSource source, String image) {
    return shown(source.current(address(image)).blockOptional(Await.DEADLINE).orElseThrow());
  }

  private static String shown(Credential credential) {
    return credential instanceof Credential.Basic(String user, Secret password, _)
        ? user + "/" + password.reveal()
        : "anonymous";
  }

  private static Credential basic(String username, String password) {
    return new Credential.Basic(username, Secret.of(password));
  }

  private static RepositoryAddress address(String image) {
    int slash = image.indexOf('/');
    return new RepositoryAddress(
        new RegistryHost(image.substring(0, slash)),
        new RepositoryName(image.substring(slash + 1)));
  }
}
