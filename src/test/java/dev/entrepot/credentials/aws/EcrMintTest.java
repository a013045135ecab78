package dev.entrepot.credentials.aws;

import static dev.entrepot.credentials.aws.AwsUnderTest.HOST;
import static dev.entrepot.credentials.aws.AwsUnderTest.SOON;
import static dev.entrepot.credentials.aws.AwsUnderTest.current;
import static dev.entrepot.credentials.aws.AwsUnderTest.expectDenied;
import static dev.entrepot.credentials.aws.AwsUnderTest.expectFailure;
import static dev.entrepot.credentials.aws.AwsUnderTest.expectUnavailable;
import static dev.entrepot.credentials.aws.AwsUnderTest.password;
import static dev.entrepot.credentials.aws.AwsUnderTest.repository;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.Body;
import dev.entrepot.testing.FakeEcr;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.RequestMatch;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** The life of an authorization token, with a static key. */
class EcrMintTest {

  @TempDir private Path directory;
  private AwsUnderTest under;

  @BeforeEach
  void start() {
    under = new AwsUnderTest(directory);
  }

  @AfterEach
  void stop() {
    under.close();
  }

  @Test
  void aTokenIsMadeInTheRegionOfTheRegistry() {
    // When
    Credential credential = current(under.withKey());
    // Then
    assertThat(credential)
        .isInstanceOfSatisfying(
            Credential.Basic.class, basic -> assertThat(basic.username()).isEqualTo("AWS"));
    assertThat(password(credential)).isEqualTo("canary-password-1");
    assertThat(credential.expiresAt()).hasValue(under.clock.instant().plus(Duration.ofHours(12)));
    assertThat(under.aws.tokenScopes()).containsExactly("eu-west-1 ecr");
  }

  @Test
  void ecrPublicGivesABearerTokenFromItsOneRegion() {
    // When
    Credential credential = current(under.ecrPublic(), "public.ecr.aws");
    // Then
    assertThat(credential)
        .isInstanceOfSatisfying(
            Credential.Bearer.class,
            bearer -> assertThat(under.aws.accepts("Bearer " + bearer.token().reveal())).isTrue());
    assertThat(under.aws.tokenScopes()).containsExactly("us-east-1 ecr-public");
  }

  @Test
  void accountsShareATokenAndRegionsDoNot() {
    // Given
    CredentialSource source = under.withKey();
    // When
    Credential one = current(source, "123456789012.dkr.ecr.eu-west-1.amazonaws.com");
    Credential account = current(source, "210987654321.dkr.ecr.eu-west-1.amazonaws.com");
    Credential region = current(source, "123456789012.dkr.ecr.us-east-1.amazonaws.com");
    // Then
    assertThat(account).isEqualTo(one);
    assertThat(region).isNotEqualTo(one);
    assertThat(under.aws.tokenScopes()).containsExactly("eu-west-1 ecr", "us-east-1 ecr");
  }

  @Test
  void aHundredPullsAreRenewedByOneTokenAtHalfOfItsLife() {
    // Given
    CredentialSource source = under.withKey();
    Credential first = current(source);
    Gate gate = new Gate();
    under.aws.chaos().when(FakeEcr.tokenCall()).once(Fault.holdBeforeHead(gate));
    under.clock.advance(Duration.ofHours(6));
    // When
    StepVerifier.create(
            Flux.range(0, 100).flatMap(_ -> source.current(repository(HOST)), 100).distinct())
        .expectNext(first)
        .expectComplete()
        .verify(SOON);
    gate.awaitArrivals(1);
    gate.open();
    // Then
    Await.until("the new token", () -> !current(source).equals(first));
    assertThat(under.aws.tokenCalls()).isEqualTo(2);
  }

  @Test
  void aHundredPullsWaitForOneTokenAfterItsEnd() {
    // Given
    CredentialSource source = under.withKey();
    current(source);
    under.clock.advance(Duration.ofHours(12));
    // When
    StepVerifier.create(
            Flux.range(0, 100)
                .flatMap(_ -> source.current(repository(HOST)), 100)
                .map(AwsUnderTest::password)
                .distinct())
        .expectNext("canary-password-2")
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(under.aws.tokenCalls()).isEqualTo(2);
  }

  @Test
  void aTokenBeforeHalfOfItsLifeIsNotRenewed() {
    // Given
    CredentialSource source = under.withKey();
    current(source);
    under.clock.advance(Duration.ofHours(5));
    // When
    current(source);
    // Then
    assertThat(under.aws.tokenCalls()).isEqualTo(1);
  }

  @Test
  void aRefusedTokenIsReplaced() {
    // Given
    CredentialSource source = under.withKey();
    Credential first = current(source);
    // When
    source.refused(first);
    // Then
    assertThat(password(current(source))).isEqualTo("canary-password-2");
  }

  @Test
  void aTokenIsUsedToItsEndWhileThereIsNoOther() {
    // Given
    CredentialSource source = under.withKey();
    Credential first = current(source);
    under.aws.chaos().when(RequestMatch.any()).always(Fault.answer(503));
    under.clock.advance(Duration.ofHours(11));
    // When
    assertThat(current(source)).isEqualTo(first);
    under.clock.advance(Duration.ofHours(1));
    // Then
    expectUnavailable(source, "the ECR API of eu-west-1 answered 503");
  }

  @Test
  void anApiThatDoesNotAnswerIsToldWithinTenSeconds() {
    // Given
    under.aws.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
    // Then
    StepVerifier.create(under.withKey().current(repository(HOST)))
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .hasMessageStartingWith("the ECR API of eu-west-1 cannot be reached ("))
        .verify(Duration.ofSeconds(10));
  }

  @Test
  void anApiThatIsNotThereIsToldAtOnce() {
    // Given
    CredentialSource source =
        under.ecr(null, null, null, true, null, URI.create("http://127.0.0.1:1"));
    // Then
    expectUnavailable(source, "the ECR API of eu-west-1 cannot be reached (ConnectException)");
  }

  @Test
  void aNewSecretReplacesTheTokenOfTheOldOne() {
    // Given
    CredentialSource source = under.withKey();
    Credential old = current(source);
    under.aws.allow(AwsUnderTest.KEY_ID, "canary-rotated");
    under.writeSecret("canary-rotated");
    // When
    under.clock.advance(Duration.ofMillis(1100));
    // Then
    assertThat(current(source)).isNotEqualTo(old);
    assertThat(under.aws.tokenCalls()).isEqualTo(2);
  }

  @Test
  void aWrongSecretIsForgottenWithItsFailureWhenItIsMended() {
    // Given
    under.writeSecret("canary-wrong");
    CredentialSource source = under.withKey();
    expectDenied(
        source,
        "the secret of the access key AKIACANARY0000000001 is wrong, or this machine's clock is");
    // When
    under.writeSecret(AwsUnderTest.SECRET);
    under.clock.advance(Duration.ofMillis(1100));
    // Then
    assertThat(password(current(source))).isEqualTo("canary-password-1");
  }

  @Test
  void aDenialIsNotAskedForAgainAtEveryPull() {
    // Given
    under.aws.refuse("ecr:GetAuthorizationToken", 400, "AccessDeniedException", "no");
    CredentialSource source = under.withKey();
    // When
    for (int i = 0; i < 10; i++) {
      expectDenied(
          source, "the access key AKIACANARY0000000001 may not call ecr:GetAuthorizationToken");
    }
    // Then
    assertThat(under.aws.tokenCalls()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|AccessDeniedException|User: %s is not authorized to perform: ecr:GetAuthorizationToken on resource: * because canary|arn:aws:iam::123456789012:user/ci may not call ecr:GetAuthorizationToken|true",
        "400|UnrecognizedClientException|canary|the access key AKIACANARY0000000001 is not known to AWS|true",
        "400|ExpiredTokenException|canary|the session of the access key AKIACANARY0000000001 has expired|true",
        "400|SomethingNewException|canary|the ECR API of eu-west-1 answered 400 SomethingNewException|true",
        "400|canary secret|canary|the ECR API of eu-west-1 answered 400|true",
        "400|ThrottlingException|canary|the ECR API of eu-west-1 asks to call less often|false",
        "500|ServerException|canary|the ECR API of eu-west-1 answered 500 ServerException|false"
      })
  void everyRefusalIsASentence(
      int status, String code, String message, String sentence, boolean denied) {
    // Given
    under.aws.refuse("ecr:GetAuthorizationToken", status, code, message);
    // Then
    expectFailure(under.withKey(), HOST, sentence, denied);
  }

  @Test
  void ecrPublicNamesThePermissionThatIsMissing() {
    // Given
    under.aws.refuse(
        "ecr-public:GetAuthorizationToken",
        400,
        "AccessDeniedException",
        "User: %s is not authorized to perform: sts:GetServiceBearerToken on resource: *");
    // Then
    expectFailure(
        under.ecrPublic(),
        "public.ecr.aws",
        "arn:aws:iam::123456789012:user/ci may not call sts:GetServiceBearerToken",
        true);
  }

  @Test
  void anAnswerWithoutATokenIsUseless() {
    // Given
    under
        .aws
        .chaos()
        .when(RequestMatch.any())
        .always(Fault.changing(reply -> reply.with(Body.of("{}"))));
    // Then
    expectUnavailable(under.withKey(), "the ECR API of eu-west-1 answered without a usable token");
  }

  /** moto says that its tokens ended in 2015. */
  @Test
  void aTokenThatHasEndedAlreadyIsKeptForAWhile() {
    // Given
    under.aws.life(Duration.ofDays(-365));
    CredentialSource source = under.withKey();
    Credential first = current(source);
    // When
    under.clock.advance(Duration.ofSeconds(29));
    // Then
    assertThat(current(source)).isEqualTo(first);
    under.clock.advance(Duration.ofSeconds(31));
    assertThat(current(source)).isNotEqualTo(first);
    assertThat(under.aws.tokenCalls()).isEqualTo(2);
  }

  @Test
  void theSdksThreadsEndWithTheToken() {
    // When
    current(under.withKey());
    // Then
    Await.until(
        "the end of the SDK's threads",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("sdk-")));
  }

  @Test
  void aHostThatIsNoEcrRegistryIsExplained() {
    expectFailure(
        under.ecr(null, null, null, true, null, null),
        "registry.test",
        "'registry.test' is no ECR registry, whose names look like '<account>.dkr.ecr.<region>.amazonaws.com'; set credentials.region if it stands for one",
        true);
  }

  @Test
  void aConfiguredRegionDecidesWhateverTheHostIs() {
    // Given
    CredentialSource source = under.ecr(null, null, null, true, "ap-south-1", under.aws.uri());
    // When
    current(source, "registry.test");
    current(source);
    // Then
    assertThat(under.aws.tokenScopes()).containsExactly("ap-south-1 ecr");
  }

  @ParameterizedTest
  @CsvSource({
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com, https://api.ecr.eu-west-1.amazonaws.com/",
    "123456789012.dkr-ecr.eu-west-1.on.aws, https://ecr.eu-west-1.api.aws/",
    "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com, https://api.ecr-fips.us-gov-west-1.amazonaws.com/",
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn, https://api.ecr.cn-north-1.amazonaws.com.cn/",
    "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov, https://api.ecr.us-iso-east-1.c2s.ic.gov/"
  })
  void theApiOfTheRegistryIsAskedThroughTheRulesProxy(String host, String api) {
    // Given
    Recording proxies = new Recording(new InetSocketAddress("127.0.0.1", 1));
    CredentialSource source = under.through(proxies).ecr(null, null, null, true, null, null);
    // When
    StepVerifier.create(source.current(repository(host)))
        .expectErrorSatisfies(
            failure -> assertThat(failure).hasMessageContaining("cannot be reached"))
        .verify(SOON);
    // Then
    assertThat(proxies.targets).extracting(URI::toString).containsOnly(api);
  }

  @Test
  void theProxyIsSpokenTo() {
    // Given
    URI proxy = under.aws.uri();
    CredentialSource source =
        under
            .through(new Recording(new InetSocketAddress(proxy.getHost(), proxy.getPort())))
            .ecr(null, null, null, true, null, URI.create("http://ecr.test"));
    // When
    current(source);
    // Then
    assertThat(under.aws.requests().getFirst().target()).isEqualTo("http://ecr.test/");
  }

  private static final class Recording extends ProxySelector {

    private final List<URI> targets = new CopyOnWriteArrayList<>();
    private final InetSocketAddress proxy;

    private Recording(InetSocketAddress proxy) {
      this.proxy = proxy;
    }

    @Override
    public List<Proxy> select(URI target) {
      targets.add(target);
      return List.of(new Proxy(Proxy.Type.HTTP, proxy));
    }

    @Override
    public void connectFailed(URI target, SocketAddress address, IOException failure) {
      // There is no other.
    }
  }
}
