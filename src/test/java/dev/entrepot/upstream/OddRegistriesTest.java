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
import dev.entrepot.testing.JwtFormat;
import dev.entrepot.testing.RegistryAuth.Basic;
import dev.entrepot.testing.RegistryAuth.Bearer;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TokenShape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Registries that want a user and a password, each in its own way. */
class OddRegistriesTest {

  private static final Tag TAG = new Tag("1.0");
  private static final String CANARY = "canary-c2d8";

  private final TestBlob blob = TestBlob.of(5, 100);
  private final FakeRegistry registry =
      FakeRegistry.start().push(REPOSITORY, TestImage.create(1), "1.0").push(REPOSITORY, blob);
  private final TestUpstream upstream = TestUpstream.at(registry.uri());
  private final FakeTokenServer tokens = FakeTokenServer.start(upstream.clock);

  /** A registry, whom it knows, and what its way costs. */
  enum Kind {
    /** Any user name; tokens do not say when they end. */
    GHCR("anybody", 1, 2),
    /** The token server is another host and knows the registry by a fixed name. */
    GITLAB("gitlab+deploy-token-7", 1, 1),
    /** Robots have a plus in their names; tokens say when they end as JWTs. */
    QUAY("acme+robot", 1, 1),
    /** Robots have a dollar in their names; a refused token earns a Basic challenge. */
    HARBOR("robot$acme+puller", 1, 1),
    /** Basic, in capitals. */
    NEXUS("acme", 0, 0),
    /** Offers tokens and passwords, takes passwords. */
    ARTIFACTORY("acme", 1, 1),
    DOCKER_HUB("acme", 1, 1);

    private final String user;
    private final int tokensAtFirst;
    private final int tokensAfterFourMinutes;

    Kind(String user, int tokensAtFirst, int tokensAfterFourMinutes) {
      this.user = user;
      this.tokensAtFirst = tokensAtFirst;
      this.tokensAfterFourMinutes = tokensAfterFourMinutes;
    }
  }

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    tokens.close();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void itIsPulledFrom(Kind kind) {
    // Given
    protect(kind);
    // When
    expectPull();
    int atFirst = tokens.calls();
    upstream.clock.advance(Duration.ofSeconds(200));
    StepVerifier.create(
            upstream.client().describeBlob(upstream.route(), Digest.parse(blob.digest())))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(atFirst).isEqualTo(kind.tokensAtFirst);
    assertThat(tokens.calls()).isEqualTo(kind.tokensAfterFourMinutes);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aWrongPasswordIsDeniedAndNotShown(Kind kind) {
    // Given
    protect(kind);
    upstream.with(CredentialProperties.basic(kind.user, CANARY + "-wrong"));
    // Then
    StepVerifier.create(pull())
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .hasMessageContaining("basic")
                    .hasMessageContaining("401")
                    .hasMessageNotContaining("canary")
                    .isInstanceOfSatisfying(
                        RegistryException.class,
                        no -> assertThat(no.code()).isEqualTo(ErrorCode.DENIED)))
        .verify(SOON);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"NEXUS", "ARTIFACTORY"},
      mode = EnumSource.Mode.EXCLUDE)
  void thePasswordGoesToTheTokenServerOnly(Kind kind) {
    // Given
    protect(kind);
    // When
    expectPull();
    tokens.revokeAll();
    expectPull();
    // Then
    assertThat(registry.requests())
        .allSatisfy(
            request ->
                assertThat(request.header("Authorization").orElse("")).doesNotStartWith("Basic "));
  }

  @Test
  void aRegistryThatTookThePasswordIsShownItUnaskedFromThenOn() {
    // Given
    protect(Kind.ARTIFACTORY);
    expectPull();
    registry.log().clear();
    // When
    expectPull();
    // Then
    assertThat(registry.requests()).hasSize(1);
    assertThat(tokens.calls()).isEqualTo(1);
  }

  @Test
  void aPasswordThatWasNotOfferedToBeTakenIsNotShownInPlaceOfAToken() {
    // Given
    tokens.allow("acme", CANARY).grantingNothing();
    registry.protect(new Bearer(tokens), ChallengeStyle.HARBOR);
    upstream
        .realmHost(tokens.authority())
        .privateNetwork()
        .with(CredentialProperties.basic("acme", CANARY));
    // When
    StepVerifier.create(pull()).expectError(RegistryException.class).verify(SOON);
    // Then
    assertThat(registry.requests())
        .allSatisfy(
            request ->
                assertThat(request.header("Authorization").orElse("")).doesNotStartWith("Basic "));
  }

  private void protect(Kind kind) {
    tokens.allow(kind.user, CANARY);
    upstream.with(CredentialProperties.basic(kind.user, CANARY));
    upstream.realmHost(tokens.authority()).privateNetwork();
    switch (kind) {
      case GHCR -> {
        tokens.serving("ghcr.io").shape(TokenShape.usual().withoutExpiresIn());
        registry.protect(new Bearer(tokens));
      }
      case GITLAB -> {
        tokens.serving("container_registry");
        registry.protect(new Bearer(tokens));
      }
      case QUAY -> {
        tokens
            .serving("quay.io")
            .format(new JwtFormat(TestCertificates.create().rsa("token server")))
            .shape(TokenShape.usual().living(Duration.ofHours(1)).withoutExpiresIn());
        registry.protect(new Bearer(tokens));
      }
      case HARBOR -> {
        tokens
            .serving("harbor-registry")
            .shape(TokenShape.usual().living(Duration.ofMinutes(30)).issuedAt(Duration.ZERO));
        registry.protect(new Bearer(tokens), ChallengeStyle.HARBOR);
      }
      case NEXUS -> registry.protect(new Basic(kind.user, CANARY), ChallengeStyle.BASIC_UPPER_CASE);
      case ARTIFACTORY -> {
        String basic = Base64.getEncoder().encodeToString(bytes(kind.user + ":" + CANARY));
        registry.answeringFirst(
            request ->
                request.header("Authorization").filter(("Basic " + basic)::equals).isPresent()
                    ? Optional.empty()
                    : Optional.of(offeringBoth()));
      }
      case DOCKER_HUB -> {
        tokens.serving("registry.docker.io").shape(TokenShape.usual().issuedAt(Duration.ZERO));
        registry.protect(new Bearer(tokens));
      }
    }
  }

  private Reply offeringBoth() {
    return Reply.error(401, "UNAUTHORIZED", "Wrong username was used")
        .plus("WWW-Authenticate", "Basic realm=\"Artifactory Realm\"")
        .plus("WWW-Authenticate", "Bearer realm=\"%s\",service=\"x\"".formatted(tokens.realm()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Mono<UpstreamManifest> pull() {
    return upstream.client().getManifest(upstream.route(), TAG);
  }

  private void expectPull() {
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
  }
}
