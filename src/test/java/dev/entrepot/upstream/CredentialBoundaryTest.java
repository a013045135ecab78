package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.FakeAcr;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.FakeEntra;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RecordedRequest;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * S-01, S-04, S-05 for every shape of credential: no byte of it, and none of a token that was got
 * with it, reaches a host that may not see it.
 */
class CredentialBoundaryTest {

  private static final Tag TAG = new Tag("1.0");
  private static final String CANARY = "canary-9f04";
  private static final String CLIENT = "0000-client";

  private static final List<String> BAD_REALMS =
      List.of(
          "http://127.0.0.1:EVIL/token",
          "http://localhost:EVIL/token",
          "http://LOCALHOST:EVIL/token",
          "http://localhost.:EVIL/token",
          "http://REGISTRY@127.0.0.1:EVIL/token",
          "http://127.0.0.1:EVIL/?REGISTRY",
          "http://127.0.0.1:EVIL#REGISTRY",
          "http://127.0.0.1:EVIL\\\\@REGISTRY/token",
          "http://ｌocalhost:EVIL/token",
          "//127.0.0.1:EVIL/token",
          "https://token.example.com/token");

  private static final List<String> BAD_TARGETS =
      List.of(
          "http://127.0.0.1:EVIL/blob",
          "http://localhost:EVIL/blob",
          "//127.0.0.1:EVIL/blob",
          "http://2130706433:EVIL/blob",
          "http://[::ffff:127.0.0.1]:EVIL/blob",
          "http://REGISTRY@127.0.0.1:EVIL/blob",
          "http://169.254.169.254/latest/meta-data");

  private final TestBlob blob = TestBlob.of(7, 1000);
  private final FakeRegistry registry =
      FakeRegistry.start().push(REPOSITORY, TestImage.create(1), "1.0").push(REPOSITORY, blob);
  private final TestUpstream upstream = TestUpstream.at(registry.uri());
  private final FakeEntra entra =
      FakeEntra.start(upstream.clock).allowSecret(CLIENT, CANARY).marking(CANARY);
  private final FakeCdn cdn = FakeCdn.start();
  private final SilentHost evil = new SilentHost();

  @TempDir private Path directory;

  enum Shape {
    BASIC,
    BEARER,
    IDENTITY_TOKEN,
    ENTRA_TOKEN
  }

  static Stream<Arguments> realms() {
    return shapesWith(BAD_REALMS);
  }

  static Stream<Arguments> targets() {
    return shapesWith(BAD_TARGETS);
  }

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    entra.close();
    cdn.close();
    evil.close();
  }

  @ParameterizedTest
  @MethodSource("realms")
  void s01NoRealmButTheRegistrysOwnSeesIt(Shape shape, String realm) throws IOException {
    // Given
    protect(shape);
    upstream.privateNetwork();
    challengeWith(realm);
    // When
    expectRefusal(pull());
    // Then
    assertThat(evil.wasContacted()).isFalse();
    assertThat(registry.count("POST", "/")).isZero();
    // A bearer token is shown unasked, and to the registry itself.
    assertThat(registry.requests())
        .allSatisfy(
            request ->
                assertThat(withoutOwnBearer(shape, request).toString()).doesNotContain(CANARY));
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void s01ALaterRealmIsJudgedLikeTheFirst(Shape shape) throws IOException {
    // Given
    protect(shape);
    upstream.privateNetwork();
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    challengeWith("http://127.0.0.1:EVIL/token");
    // When
    expectRefusal(pull());
    // Then
    assertThat(evil.wasContacted()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void s03NoRedirectTakesItIntoOurNetwork(Shape shape, String location) throws IOException {
    // Given
    protect(shape);
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry.chaos().when(RequestMatch.target("/v2/")).always(Fault.redirect(307, fill(location)));
    // When
    expectRefusal(pull());
    expectRefusal(openBlob());
    // Then
    assertThat(evil.wasContacted()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void s04ABlobHostSeesNothingOfIt(Shape shape) throws IOException {
    // Given
    protect(shape);
    upstream.privateNetwork();
    registry.redirectingBlobs(cdn);
    // When
    StepVerifier.create(openBlob().flatMapMany(UpstreamBlob::bytes).doOnNext(b -> b.release()))
        .thenConsumeWhile(_ -> true)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(cdn.requests()).singleElement().satisfies(CredentialBoundaryTest::showsNothing);
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void s04ABlobHostThatAsksForItGetsNothing(Shape shape) throws IOException {
    // Given
    protect(shape);
    upstream.privateNetwork();
    registry.redirectingBlobs(cdn);
    String challenge = "Bearer realm=\"http://%s/token\", Basic realm=\"x\"";
    cdn.chaos()
        .when(RequestMatch.any())
        .always(unauthorized(challenge.formatted(evil.authority())));
    // When
    expectRefusal(openBlob());
    // Then
    assertThat(evil.wasContacted()).isFalse();
    assertThat(cdn.requests()).isNotEmpty().allSatisfy(CredentialBoundaryTest::showsNothing);
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void s05ItDoesNotComeBackWithARedirect(Shape shape) throws IOException {
    // Given
    protect(shape);
    upstream.privateNetwork();
    StepVerifier.create(pull()).expectNextCount(1).expectComplete().verify(SOON);
    registry.log().clear();
    String back = cdn.redirect("/there", registry.uri() + "v2/back").toString();
    registry.chaos().when(RequestMatch.get("/blobs/")).always(Fault.redirect(307, back));
    registry.chaos().when(RequestMatch.get("/v2/back")).always(Fault.answer(200));
    // When
    StepVerifier.create(openBlob().flatMapMany(UpstreamBlob::bytes).doOnNext(b -> b.release()))
        .thenConsumeWhile(_ -> true)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(registry.requests()).hasSize(2);
    assertThat(registry.requests().getFirst().header("Authorization")).isPresent();
    assertThat(registry.requests().getLast().path()).isEqualTo("/v2/back");
    assertThat(registry.requests().getLast()).satisfies(CredentialBoundaryTest::showsNothing);
    assertThat(cdn.requests()).singleElement().satisfies(CredentialBoundaryTest::showsNothing);
  }

  @ParameterizedTest
  @EnumSource(
      value = Shape.class,
      names = {"IDENTITY_TOKEN", "ENTRA_TOKEN"})
  void aTokenRequestIsNotRedirected(Shape shape) throws IOException {
    // Given
    protect(shape);
    upstream.privateNetwork();
    Fault away = Fault.redirect(307, "http://" + evil.authority() + "/token");
    registry.chaos().when(RequestMatch.post("/")).always(away);
    entra.chaos().when(RequestMatch.any()).once(away);
    // When
    StepVerifier.create(pull().then().onErrorComplete(RegistryException.class))
        .expectComplete()
        .verify(SOON);
    // Entra did what the registry now does.
    upstream.clock.advance(Duration.ofSeconds(20));
    StepVerifier.create(pull().then().onErrorComplete(RegistryException.class))
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(registry.count("POST", "/")).isPositive();
    assertThat(evil.wasContacted()).isFalse();
  }

  /** Makes the registry one that wants such a credential, and the rule one that has it. */
  private void protect(Shape shape) throws IOException {
    CredentialProperties credentials =
        switch (shape) {
          case BASIC -> {
            registry.protect(new RegistryAuth.Basic("acme", CANARY));
            yield CredentialProperties.basic("acme", CANARY);
          }
          case BEARER -> {
            registry.protect(new RegistryAuth.Fixed(CANARY));
            yield new CredentialProperties.Bearer(file("token", CANARY));
          }
          case IDENTITY_TOKEN -> {
            registry.answeringFirst(this::withTokens);
            String json = "{\"auths\":{\"registry.test\":{\"identitytoken\":\"" + CANARY + "\"}}}";
            yield new CredentialProperties.DockerConfig(file("config.json", json));
          }
          case ENTRA_TOKEN -> {
            FakeAcr.of(registry, entra, upstream.clock).marking(CANARY);
            yield new CredentialProperties.Azure(
                FakeEntra.TENANT, CLIENT, file("secret", CANARY), null, entra.uri());
          }
        };
    upstream.with(credentials);
  }

  /** A registry that is its own token server. */
  private Optional<Reply> withTokens(RecordedRequest request) {
    if (request.is("POST")) {
      boolean known = request.formField("refresh_token").filter(CANARY::equals).isPresent();
      return Optional.of(
          known ? Reply.json(200, "{\"access_token\":\"" + CANARY + "-token\"}") : Reply.of(401));
    }
    return request
            .header("Authorization")
            .filter(("Bearer " + CANARY + "-token")::equals)
            .isPresent()
        ? Optional.empty()
        : Optional.of(challenge("Bearer realm=\"" + registry.uri() + "token\",service=\"x\""));
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  private void challengeWith(String realm) {
    registry
        .chaos()
        .when(RequestMatch.any())
        .always(unauthorized("Bearer realm=\"" + fill(realm) + "\",service=\"x\""));
  }

  private static Fault unauthorized(String challenge) {
    return Fault.answer(challenge(challenge));
  }

  private static Reply challenge(String challenge) {
    return Reply.error(401, "UNAUTHORIZED", "no").with("WWW-Authenticate", challenge);
  }

  private String fill(String text) {
    return text.replace("EVIL", String.valueOf(evil.port()))
        .replace("REGISTRY", registry.authority());
  }

  private Mono<UpstreamManifest> pull() {
    return upstream.client().getManifest(upstream.route(), TAG);
  }

  private Mono<UpstreamBlob> openBlob() {
    return upstream
        .client()
        .openBlob(
            upstream.route(), Digest.parse(blob.digest()), 0, Long.MAX_VALUE, Optional.empty());
  }

  private static void expectRefusal(Mono<?> call) {
    StepVerifier.create(call)
        .expectErrorSatisfies(
            failure ->
                assertThat(failure)
                    .isInstanceOf(RegistryException.class)
                    .hasMessageNotContaining(CANARY))
        .verify(SOON);
  }

  private static void showsNothing(RecordedRequest request) {
    assertThat(request.headers().toString())
        .doesNotContainIgnoringCase("authorization")
        .doesNotContainIgnoringCase("cookie");
    assertThat(request.toString()).doesNotContain(CANARY);
  }

  private static RecordedRequest withoutOwnBearer(Shape shape, RecordedRequest request) {
    return shape == Shape.BEARER ? request.without("Authorization") : request;
  }

  private static Stream<Arguments> shapesWith(List<String> urls) {
    return Stream.of(Shape.values())
        .flatMap(shape -> urls.stream().map(url -> Arguments.of(shape, url)));
  }
}
