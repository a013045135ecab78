package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.ChallengeStyle;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.RegistryAuth.Basic;
import dev.entrepot.testing.RegistryAuth.Bearer;
import dev.entrepot.testing.RegistryAuth.Fixed;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** How credentials become what a registry wants, against a registry and a token server. */
class TokenAuthTest {

  private static final Tag TAG = new Tag("1.0");
  private static final CredentialProperties PASSWORD =
      CredentialProperties.basic("acme", "canary-password");

  private final MutableClock serverClock = MutableClock.create();
  private final TestImage image = TestImage.create(1);
  private final FakeRegistry registry = FakeRegistry.start().push(REPOSITORY, image, "1.0");
  private final FakeTokenServer tokens = FakeTokenServer.start(serverClock);
  private final TestUpstream upstream =
      TestUpstream.at(registry.uri()).realmHost(tokens.authority()).privateNetwork();

  @BeforeEach
  void protect() {
    registry.protect(new Bearer(tokens));
  }

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    tokens.close();
  }

  @Test
  void anonymousPullsUseAnAnonymousToken() {
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(tokens.requests())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.header("Authorization")).isEmpty();
              assertThat(request.parameters("scope")).containsExactly("repository:team/app:pull");
              assertThat(request.parameter("service")).contains(tokens.service());
            });
  }

  @Test
  void tokenServerThatGotNoRequestInTimeIsNotBusy() {
    // Given
    tokens.chaos().when(RequestMatch.any()).always(Fault.answer(408));
    // When, Then
    StepVerifier.create(pull())
        .expectErrorMatches(
            failure ->
                failure instanceof RegistryException no && no.code() == ErrorCode.UPSTREAM_INVALID)
        .verify(SOON);
  }

  @Test
  void aPasswordGoesToTheTokenServerOnly() {
    // Given
    tokens.allow("acme", "canary-password");
    // When
    StepVerifier.create(with(PASSWORD)).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(tokens.requests().getFirst().header("Authorization")).isPresent();
    assertThat(registry.requests())
        .allSatisfy(
            request ->
                assertThat(request.header("Authorization").orElse("Bearer none"))
                    .startsWith("Bearer "));
  }

  @Test
  void aTokenServerThatMovedIsLearntAnew() {
    // Given
    try (FakeTokenServer next = FakeTokenServer.start(serverClock)) {
      upstream.realmHost(next.authority());
      StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
      tokens.close();
      registry.protect(new Bearer(next));
      upstream.clock.advance(Duration.ofHours(1));
      // When
      StepVerifier.create(pull()).expectError(RegistryException.class).verify(SOON);
      // Then
      StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
      assertThat(next.calls()).isEqualTo(1);
    }
  }

  @Test
  void aTokenIsUsedUnaskedForLaterRequests() {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry.log().clear();
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(registry.requests()).hasSize(1);
    assertThat(tokens.calls()).isEqualTo(1);
  }

  @Test
  void aHundredPullsWaitForOneToken() {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    upstream.clock.advance(Duration.ofHours(1));
    tokens.log().clear();
    // When
    StepVerifier.create(Flux.range(0, 100).flatMap(_ -> pull(), 100))
        .expectNextCount(100)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(tokens.calls()).isEqualTo(1);
  }

  @Test
  void aRefusedTokenIsReplacedOnce() {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    tokens.revokeAll();
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(tokens.calls()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = ChallengeStyle.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"BASIC_UPPER_CASE", "ECR_BASIC", "NO_CHALLENGE", "EXPIRED_DENIED"})
  void everyBearerChallengeIsUnderstood(ChallengeStyle style) {
    // Given
    registry.protect(new Bearer(tokens), style);
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(tokens.calls()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(ChallengeStyle.class)
  void aRefusedTokenIsReplacedHoweverTheRegistryRefusesIt(ChallengeStyle style) {
    // Given
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry.protect(new Bearer(tokens), style);
    tokens.revokeAll();
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(tokens.calls()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = ChallengeStyle.class,
      names = {"BASIC_UPPER_CASE", "ECR_BASIC", "USUAL"})
  void everyBasicChallengeIsAnsweredWithThePassword(ChallengeStyle style) {
    // Given
    registry.protect(new Basic("acme", "canary-password"), style);
    // When
    StepVerifier.create(with(PASSWORD)).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(registry.requests()).hasSize(2);
  }

  @Test
  void aRefusalWithoutAnyChallengeIsDenied() {
    // Given
    registry.protect(new Bearer(tokens), ChallengeStyle.NO_CHALLENGE);
    // When
    StepVerifier.create(pull()).expectError(RegistryException.class).verify(SOON);
    // Then
    assertThat(registry.count("GET", "/v2/")).isEqualTo(2);
    assertThat(tokens.calls()).isZero();
  }

  @Test
  void aTokenThatGrantsNothingEndsInDeniedAndIsNotMintedAgainAtOnce() {
    // Given
    tokens.grantingNothing();
    Refusals.expect(ErrorCode.DENIED, pull(), "registry.test", "rule 'registry.test'", "anonymous");
    int before = tokens.calls();
    // When
    StepVerifier.create(pull()).expectError(RegistryException.class).verify(SOON);
    // Then
    assertThat(tokens.calls()).isEqualTo(before).isEqualTo(1);
  }

  @Test
  void aWrongPasswordNeverBecomesAnAnonymousPull() {
    // Given
    tokens.allow("acme", "another-password").allowAnonymous();
    // When
    StepVerifier.create(with(PASSWORD))
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .hasMessageContaining("401")
                    .hasMessageContaining("basic")
                    .hasMessageNotContaining("canary"))
        .verify(SOON);
    // Then
    assertThat(tokens.requests())
        .allSatisfy(request -> assertThat(request.header("Authorization")).isPresent());
    assertThat(registry.requests())
        .allSatisfy(request -> assertThat(request.header("Authorization")).isEmpty());
  }

  @Test
  void aBasicChallengeIsAnsweredWithThePasswordFromThenOn() {
    // Given
    registry.protect(new Basic("acme", "canary-password"), ChallengeStyle.USUAL);
    StepVerifier.create(with(PASSWORD)).expectNextCount(1).expectComplete().verify(SOON);
    registry.log().clear();
    // When
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(registry.requests()).hasSize(1);
  }

  @Test
  void aBearerCredentialIsShownAsItIs(@TempDir Path directory) throws Exception {
    // Given
    Path file = Files.writeString(directory.resolve("token"), "fixed-token\n");
    registry.protect(new Fixed("fixed-token"));
    // When
    StepVerifier.create(with(new CredentialProperties.Bearer(file)))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(registry.requests()).hasSize(1);
    assertThat(tokens.calls()).isZero();
  }

  @Test
  void anIdentityTokenIsExchangedByPost(@TempDir Path directory) throws Exception {
    // Given
    Path file =
        Files.writeString(
            directory.resolve("config.json"),
            "{\"auths\":{\"registry.test\":{\"identitytoken\":\"refresh-1\"}}}");
    tokens.allowRefreshToken("refresh-1");
    // When
    StepVerifier.create(with(new CredentialProperties.DockerConfig(file)))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(tokens.requests())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.method()).isEqualTo("POST");
              assertThat(request.formField("scope")).contains("repository:team/app:pull");
              assertThat(request.formField("client_id")).contains("entrepot");
            });
  }

  @Test
  void aServerThatKnowsNoGetIsAskedByPost() {
    // Given
    tokens.allow("acme", "canary-password");
    tokens.chaos().when(RequestMatch.get("/token")).always(Fault.answer(405));
    // When
    StepVerifier.create(with(PASSWORD)).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(tokens.requests().getLast().formField("grant_type")).contains("password");
  }

  @Test
  void aChangedPasswordFileIsUsedAfterARefusal(@TempDir Path directory) throws Exception {
    // Given
    Path file = Files.writeString(directory.resolve("password"), "old\n");
    tokens.allow("acme", "old");
    CredentialProperties rotating = new CredentialProperties.Basic("acme", null, file);
    StepVerifier.create(with(rotating)).expectNextCount(1).expectComplete().verify(SOON);
    // When
    Files.writeString(file, "new\n");
    tokens.allow("acme", "new").revokeAll();
    // Then
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
  }

  @Test
  void tokenRequestsFollowNoRedirect() {
    // Given
    tokens.chaos().when(RequestMatch.any()).always(Fault.redirect(307, registry.uri().toString()));
    // When
    StepVerifier.create(pull())
        .expectErrorSatisfies(
            failure -> assertThat(failure).hasMessageContaining("follow no redirects"))
        .verify(SOON);
    // Then
    assertThat(registry.requests()).hasSize(1);
  }

  @Test
  void aTroubledTokenServerIsAskedOnceMore() {
    // Given
    tokens.chaos().when(RequestMatch.any()).once(Fault.answer(503));
    // When
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, pull());
    upstream.clock.advance(Duration.ofSeconds(2));
    // Then
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
  }

  @Test
  void aBlobIsPulledWithTheTokenOfItsRepository() {
    // Given
    Digest layer = Digest.parse(image.layers().getFirst().digest());
    // When
    StepVerifier.create(upstream.client().describeBlob(upstream.route(), layer))
        .expectNextMatches(size -> size.getAsLong() == image.layers().getFirst().body().length())
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(tokens.requests().getFirst().parameters("scope"))
        .containsExactly("repository:team/app:pull");
  }

  private Mono<UpstreamManifest> pull() {
    return upstream.client().getManifest(upstream.route(), TAG);
  }

  private Mono<UpstreamManifest> with(CredentialProperties credentials) {
    return upstream.with(credentials).client().getManifest(upstream.route(), TAG);
  }
}
