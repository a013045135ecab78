package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import dev.entrepot.route.Route;
import dev.entrepot.testing.FakeAcr;
import dev.entrepot.testing.FakeEntra;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RecordedRequest;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** How an Entra identity becomes what Azure Container Registry wants. */
class AcrAuthTest {

  private static final Tag TAG = new Tag("1.0");
  private static final String CLIENT = "0000-client";
  private static final String CANARY = "canary-3b9a";

  private final TestImage image = TestImage.create(1);
  private final FakeRegistry registry =
      FakeRegistry.start().push(REPOSITORY, image, "1.0").push("team/other", image, "1.0");
  private final TestUpstream upstream = TestUpstream.at(registry.uri());
  private final FakeEntra entra =
      FakeEntra.start(upstream.clock).allowSecret(CLIENT, CANARY + "-secret").marking(CANARY);
  private final FakeAcr acr = FakeAcr.of(registry, entra, upstream.clock).marking(CANARY);

  @TempDir private Path directory;
  private Path secret = Path.of("");

  @BeforeEach
  void configure() throws IOException {
    secret = Files.writeString(directory.resolve("secret"), CANARY + "-secret");
    upstream.with(
        new CredentialProperties.Azure(FakeEntra.TENANT, CLIENT, secret, null, entra.uri()));
  }

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    entra.close();
  }

  @Test
  void anEntraTokenBecomesARepositorysTokenInTwoSteps() {
    // When
    expectPull();
    // Then
    assertThat(registry.requests().getFirst().header("Authorization")).isEmpty();
    RecordedRequest exchange = posted("/oauth2/exchange");
    assertThat(exchange.formField("grant_type")).contains("access_token");
    assertThat(exchange.formField("service")).contains(registry.authority());
    assertThat(exchange.formField("tenant")).contains(FakeEntra.TENANT);
    assertThat(exchange.header("Authorization")).isEmpty();
    RecordedRequest token = posted("/oauth2/token");
    assertThat(token.formField("grant_type")).contains("refresh_token");
    assertThat(token.formField("scope")).contains("repository:team/app:pull");
    assertThat(registry.requests()).hasSize(4);
  }

  @Test
  void theTokensAreKeptAndTheRefreshTokenIsSharedByRepositories() {
    // Given
    expectPull();
    // When
    expectPull();
    upstream.clock.advance(Duration.ofMinutes(50));
    expect(pull(upstream.routeTo("registry.test", "team/other")));
    // Then
    assertThat(entra.calls()).isEqualTo(1);
    assertThat(acr.exchanges()).isEqualTo(1);
    assertThat(acr.tokenRequests()).isEqualTo(2);
  }

  @Test
  void aHundredColdPullsMintOnce() {
    // When
    expectHundredPulls();
    // Then
    assertThat(entra.calls()).isEqualTo(1);
    assertThat(acr.exchanges()).isEqualTo(1);
    assertThat(acr.tokenRequests()).isEqualTo(1);
  }

  @Test
  void aHundredPullsRenewOnceBeforeTheEnd() {
    // Given
    expectPull();
    upstream.clock.advance(Duration.ofMinutes(56));
    // When
    expectHundredPulls();
    entra.log().await(2, "POST", "/token");
    expectPull();
    // Then
    assertThat(entra.calls()).isEqualTo(2);
  }

  @Test
  void aPullOutlivesItsTokens() {
    // Given
    expectPull();
    upstream.clock.advance(Duration.ofHours(4));
    // When
    Digest layer = Digest.parse(image.layers().getFirst().digest());
    StepVerifier.create(upstream.client().describeBlob(upstream.route(), layer))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(entra.calls()).isEqualTo(2);
    assertThat(acr.exchanges()).isEqualTo(2);
  }

  @Test
  void aRefusedAccessTokenIsReplacedWithTheKeptRefreshToken() {
    // Given
    expectPull();
    acr.revokeAccessTokens();
    // When
    expectPull();
    // Then
    assertThat(acr.tokenRequests()).isEqualTo(2);
    assertThat(acr.exchanges()).isEqualTo(1);
  }

  @Test
  void aRefusedRefreshTokenIsExchangedForAnew() {
    // Given
    expectPull();
    acr.revokeAccessTokens();
    acr.revokeRefreshTokens();
    // When
    expectPull();
    // Then
    assertThat(acr.exchanges()).isEqualTo(2);
    assertThat(entra.calls()).isEqualTo(1);
  }

  @Test
  void aRefusedEntraTokenIsMintedAnew() {
    // Given
    expectPull();
    acr.revokeAccessTokens();
    acr.revokeRefreshTokens();
    entra.revokeAll();
    // When
    expectPull();
    // Then
    assertThat(entra.calls()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void anIdentityThatTheRegistryDoesNotKnowIsDenied(int status) {
    // Given
    registry.chaos().when(RequestMatch.post("/oauth2/exchange")).always(Fault.answer(status));
    // When
    expectFailure(
        ErrorCode.DENIED,
        "azure rule 'registry.test'",
        registry.authority() + " does not accept the identity (no AcrPull role?)");
    upstream.clock.advance(Duration.ofSeconds(2));
    expectFailure(ErrorCode.DENIED, "no AcrPull role?");
    // Then
    assertThat(acr.exchanges()).isEqualTo(2);
    assertThat(entra.calls()).isEqualTo(2);
  }

  @Test
  void anIdentityWithoutTheRightIsDeniedAndKept() {
    // Given
    acr.grantingNothing();
    // When
    expectFailure(ErrorCode.DENIED, "401 UNAUTHORIZED");
    // Then
    assertThat(entra.calls()).isEqualTo(1);
    assertThat(acr.tokenRequests()).isEqualTo(1);
  }

  @Test
  void aRefusedTokenRequestIsDeniedAndTheIdentityKept() {
    // Given
    registry.chaos().when(RequestMatch.post("/oauth2/token")).always(Fault.answer(401));
    // When
    expectFailure(ErrorCode.DENIED, "team/app", "no AcrPull role?");
    // Then
    assertThat(entra.calls()).isEqualTo(1);
    assertThat(acr.exchanges()).isEqualTo(1);
  }

  @Test
  void aHostThatExchangesNothingIsNoAzureRegistry() {
    // Given
    registry.chaos().when(RequestMatch.post("/oauth2/exchange")).always(Fault.answer(404));
    // Then
    expectFailure(ErrorCode.UPSTREAM_INVALID, "it is no Azure Container Registry");
  }

  @Test
  void aSilentEntraFailsAColdPullInTime() {
    // Given
    entra.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
    // When
    StepVerifier.create(pull(upstream.route()))
        .expectErrorSatisfies(
            failed(
                ErrorCode.CREDENTIAL_UNAVAILABLE,
                "azure rule 'registry.test'",
                entra.uri().getAuthority() + " cannot be reached"))
        // Then
        .verify(Duration.ofSeconds(10));
  }

  @Test
  void aTokenOutlivesEntrasTrouble() {
    // Given
    expectPull();
    entra.chaos().when(RequestMatch.any()).always(Fault.answer(503));
    upstream.clock.advance(Duration.ofMinutes(56));
    expectPull();
    entra.log().await(2, "POST", "/token");
    upstream.clock.advance(Duration.ofMinutes(3));
    expectPull();
    // When
    upstream.clock.advance(Duration.ofMinutes(2));
    // Then
    expectFailure(ErrorCode.CREDENTIAL_UNAVAILABLE, "answered 503");
  }

  @Test
  void aRotatedSecretIsUsed() throws IOException {
    // Given
    expectPull();
    entra.allowSecret(CLIENT, CANARY + "-next").revokeAll();
    Files.writeString(secret, CANARY + "-next");
    // When
    upstream.clock.advance(Duration.ofSeconds(2));
    expectPull();
    // Then
    assertThat(entra.calls()).isEqualTo(2);
    assertThat(acr.exchanges()).isEqualTo(2);
  }

  @Test
  void aWrongSecretIsMendedByTheFile() throws IOException {
    // Given
    Files.writeString(secret, CANARY + "-wrong");
    expectFailure(ErrorCode.DENIED, "its secret was refused (invalid_client, AADSTS7000215)");
    // When
    Files.writeString(secret, CANARY + "-secret");
    upstream.clock.advance(Duration.ofSeconds(2));
    // Then
    expectPull();
  }

  @Test
  void theCatalogThatAPingIsAskedForIsNotWhatAPullNeeds() {
    // Given
    acr.challengingPingsOnly();
    // When
    expectPull();
    // Then
    assertThat(posted("/oauth2/token").formField("scope")).contains("repository:team/app:pull");
  }

  @Test
  void aServiceThatIsNotTheRegistryIsNotAskedFor() {
    // Given
    acr.claimingService("another.azurecr.io");
    // When
    expectPull();
    // Then
    assertThat(posted("/oauth2/exchange").formField("service")).contains(registry.authority());
  }

  @Test
  void aRealmOnAnotherHostGetsNothingEvenIfItIsListed() {
    // Given
    try (SilentHost other = new SilentHost()) {
      acr.realm("http://" + other.authority() + "/oauth2/token");
      upstream.realmHost(other.authority()).privateNetwork();
      // When
      expectFailure(ErrorCode.UPSTREAM_INVALID, "is not the registry itself");
      // Then
      assertThat(other.wasContacted()).isFalse();
      assertThat(registry.requests()).hasSize(1);
    }
  }

  @Test
  void bothStepsTrustWhomTheRuleTrusts() {
    // Given
    TestCertificates trusted = TestCertificates.create();
    try (FakeRegistry secured =
            FakeRegistry.start(trusted.local().server()).push(REPOSITORY, image, "1.0");
        TestUpstream securely =
            TestUpstream.at(secured.uri()).trusting(trusted.writeAuthority(directory))) {
      FakeAcr behind = FakeAcr.of(secured, entra, upstream.clock);
      securely.with(
          new CredentialProperties.Azure(FakeEntra.TENANT, CLIENT, secret, null, entra.uri()));
      // When
      expect(securely.client().getManifest(securely.route(), TAG));
      // Then
      assertThat(behind.tokenRequests()).isEqualTo(1);
    }
  }

  private RecordedRequest posted(String path) {
    return registry.requests().stream()
        .filter(request -> request.is("POST") && request.path().equals(path))
        .findFirst()
        .orElseThrow();
  }

  private Mono<UpstreamManifest> pull(Route route) {
    return upstream.client().getManifest(route, TAG);
  }

  private void expectPull() {
    expect(pull(upstream.route()));
  }

  private static void expect(Mono<UpstreamManifest> pull) {
    StepVerifier.create(pull).expectNextCount(1).expectComplete().verify(SOON);
  }

  private void expectHundredPulls() {
    StepVerifier.create(Flux.range(0, 100).flatMap(_ -> pull(upstream.route()), 100))
        .expectNextCount(100)
        .expectComplete()
        .verify(SOON);
  }

  private void expectFailure(ErrorCode code, String... words) {
    StepVerifier.create(pull(upstream.route()))
        .expectErrorSatisfies(failed(code, words))
        .verify(SOON);
  }

  private static Consumer<Throwable> failed(ErrorCode code, String... words) {
    return failure ->
        assertThat(failure)
            .hasMessageContainingAll(words)
            .hasMessageNotContaining("canary")
            .isInstanceOfSatisfying(
                RegistryException.class, no -> assertThat(no.code()).isEqualTo(code));
  }
}
