package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.oci.Tag;
import dev.entrepot.route.Route;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.ImageManifest;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** S-01 to S-07: no URL that a server hands us gets our credential or reaches into our network. */
class ExfiltrationTest {

  private static final Tag TAG = new Tag("1.0");
  private static final String CANARY = "canary-7d1f";
  private static final CredentialProperties PASSWORD = CredentialProperties.basic("acme", CANARY);

  private final TestImage image = TestImage.create(1);
  private final TestBlob blob = TestBlob.of(7, 1000);
  private final FakeRegistry registry =
      FakeRegistry.start().push(REPOSITORY, image, "1.0").push(REPOSITORY, blob);
  private final FakeTokenServer tokens =
      FakeTokenServer.start(MutableClock.create()).allow("acme", CANARY);
  private final FakeCdn cdn = FakeCdn.start();
  private final SilentHost evil = new SilentHost();
  private final TestUpstream upstream = TestUpstream.at(registry.uri()).with(PASSWORD);

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    tokens.close();
    cdn.close();
    evil.close();
  }

  @Test
  void s01OfTwoChallengesOnlyTheGoodOneIsUsed() {
    // Given
    String both =
        "Bearer realm=\"http://%s/token\",service=\"x\", Bearer realm=\"%s\",service=\"%s\""
            .formatted(evil.authority(), tokens.realm(), tokens.service());
    registry.protect(new RegistryAuth.Bearer(tokens));
    registry.chaos().when(RequestMatch.any()).once(unauthorized(both));
    // When
    StepVerifier.create(pull(upstream.privateNetwork().realmHost(tokens.authority())))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(evil.wasContacted()).isFalse();
    assertThat(tokens.calls()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:EVIL/token",
        "http://127.1:EVIL/token",
        "http://0.0.0.0:EVIL/token",
        "http://[::]:EVIL/token",
        "http://[::1]:EVIL/token",
        "http://[::ffff:127.0.0.1]:EVIL/token",
        "http://[64:ff9b::7f00:1]:EVIL/token",
        "http://0x7f.1:EVIL/token",
        "http://0177.0.0.1:EVIL/token",
        "http://2130706433:EVIL/token",
        "http://localhost:EVIL/token",
        "http://10.0.0.1/token",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/token",
        "http://[fd00:ec2::254]/token",
        "http://100.100.100.200/token",
        "http://metadata.google.internal/token",
        "http://metadata.google.internal./token",
        "ftp://127.0.0.1:EVIL/token",
        "file:///etc/passwd",
        "jar:http://127.0.0.1:EVIL/x!/y"
      })
  void s02AnAnonymousRealmDoesNotReachIntoOurNetwork(String realm) {
    // Given
    challengeWith(realm);
    // When
    expectRefusal(upstream.with(CredentialProperties.anonymous()));
    // Then
    assertThat(evil.wasContacted()).isFalse();
  }

  // Scorecard 12.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:EVIL/blob",
        "http://localhost:EVIL/blob",
        "//127.0.0.1:EVIL/blob",
        "http://2130706433:EVIL/blob",
        "http://[::ffff:127.0.0.1]:EVIL/blob",
        "http://169.254.169.254/latest/meta-data",
        "http://metadata.google.internal/blob",
        "http://user@127.0.0.1:EVIL/blob",
        "ftp://127.0.0.1:EVIL/blob",
        "not a url"
      })
  void s03ARedirectDoesNotReachIntoOurNetwork(String location) {
    // Given
    registry.chaos().when(RequestMatch.any()).always(Fault.redirect(307, fill(location)));
    // When
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, pull(upstream));
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, openBlob());
    // Then
    assertThat(evil.wasContacted()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:EVIL/v2/x", "http://169.254.169.254/v2/x", "ftp://x/y"})
  void s03ANextPageOnAnotherHostIsRefused(String link) {
    // Given
    registry
        .chaos()
        .when(RequestMatch.get("tags/list"))
        .always(Fault.header("Link", "<" + fill(link) + ">; rel=\"next\""));
    // When
    Refusals.expect(
        ErrorCode.UPSTREAM_INVALID,
        upstream.privateNetwork().client().getTags(upstream.route(), ""));
    // Then
    assertThat(evil.wasContacted()).isFalse();
  }

  @Test
  void s06UrlsInAManifestAreNeverFetched() {
    // Given
    String json =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},
        "layers":[{"digest":"%s","size":1000,"urls":["http://%s/layer"]}]}
        """
            .formatted(blob.digest(), evil.authority());
    registry.push(
        REPOSITORY,
        new ImageManifest("application/vnd.oci.image.manifest.v1+json", json),
        "foreign");
    // When
    StepVerifier.create(
            upstream
                .client()
                .getManifest(upstream.route(), new Tag("foreign"))
                .map(UpstreamManifest::bytes))
        .assertNext(bytes -> assertThat(bytes).asString().isEqualTo(json))
        .expectComplete()
        .verify(SOON);
    StepVerifier.create(openBlob().flatMapMany(UpstreamBlob::bytes).doOnNext(b -> b.release()))
        .thenConsumeWhile(_ -> true)
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(evil.wasContacted()).isFalse();
  }

  @Test
  void s07AnUpstreamThatCannotBeReachedNeverBecomesAnother() {
    // Given
    UpstreamProperties good = UpstreamProperties.of("good.test", List.of(registry.uri()), PASSWORD);
    UpstreamProperties lost = UpstreamProperties.anonymous("nowhere.invalid");
    RepositoryName name = new RepositoryName(REPOSITORY);
    Route route =
        new Route(
            "nowhere.invalid",
            new RepositoryAddress(new RegistryHost("nowhere.invalid"), name),
            name);
    try (RegistryClients clients =
        new RegistryClients(
            List.of(good, lost),
            TimeoutProperties.defaults(),
            EgressProxy.none(),
            MutableClock.create(),
            Meters.unread())) {
      // When
      Refusals.expect(ErrorCode.UPSTREAM_UNREACHABLE, clients.of(route).getManifest(route, TAG));
    }
    // Then
    assertThat(registry.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:EVIL", "127.0.0.1:EVIL", "[::1]:EVIL", "10.0.0.1"})
  void aHostThatOnlyAPatternMatchedMustBePublic(String host) {
    // Given
    TestUpstream open = TestUpstream.at().match("**");
    Route route = open.routeTo(fill(host), REPOSITORY);
    // When
    Refusals.expect(ErrorCode.DENIED, open.clientFor(route).getManifest(route, TAG));
    // Then
    assertThat(evil.wasContacted()).isFalse();
    open.close();
  }

  private void expectRefusal(TestUpstream asked) {
    StepVerifier.create(pull(asked))
        .expectErrorSatisfies(
            failure -> {
              assertThat(failure).isInstanceOf(RegistryException.class);
              assertThat(((RegistryException) failure).code())
                  .isEqualTo(ErrorCode.UPSTREAM_INVALID);
              assertThat(failure.toString()).doesNotContain(CANARY);
            })
        .verify(SOON);
    assertThat(registry.requests().toString()).doesNotContain(CANARY);
  }

  private void challengeWith(String realm) {
    registry
        .chaos()
        .when(RequestMatch.any())
        .always(unauthorized("Bearer realm=\"" + fill(realm) + "\",service=\"x\""));
  }

  private static Fault unauthorized(String challenge) {
    return Fault.answer(Reply.error(401, "UNAUTHORIZED", "no").with("WWW-Authenticate", challenge));
  }

  private String fill(String text) {
    return text.replace("EVIL", String.valueOf(evil.port()))
        .replace("REGISTRY", registry.authority());
  }

  private static Mono<UpstreamManifest> pull(TestUpstream upstream) {
    return upstream.client().getManifest(upstream.route(), TAG);
  }

  private Mono<UpstreamBlob> openBlob() {
    return upstream
        .client()
        .openBlob(
            upstream.route(), Digest.parse(blob.digest()), 0, Long.MAX_VALUE, Optional.empty());
  }
}
