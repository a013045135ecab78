package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestCertificates;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestRule;
import dev.entrepot.testing.Timeouts;
import dev.entrepot.upstream.TimeoutProperties;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts when upstream cannot be asked, or says no. */
final class StaleAnswersTest {

  private static final TestImage OLD = TestImage.create(21);
  private static final TestImage NEW = TestImage.create(22);
  private static final String BY_TAG = "team/app/manifests/v1";
  private static final String BY_DIGEST = "team/app/manifests/" + OLD.digest();
  private static final Duration FRESHNESS = Duration.ofSeconds(60);
  private static final Duration MAX_STALE = Duration.ofDays(7);
  private static final TimeoutProperties SHORT =
      Timeouts.of(Duration.ofSeconds(1), Duration.ofMillis(400));

  @RegisterExtension
  private final ProxiedRegistry mirror =
      ProxiedRegistry.with(recipe -> recipe.timeouts(SHORT).tagAges(FRESHNESS, MAX_STALE));

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", OLD, "v1");
  }

  static Stream<Arguments> troubles() {
    return Stream.of(
        Arguments.of("500", Fault.answer(500)),
        Arguments.of("502", Fault.answer(502)),
        Arguments.of("503", Fault.answer(503)),
        Arguments.of("504", Fault.answer(504)),
        Arguments.of("429", Fault.tooManyRequests("3600")),
        Arguments.of("silence", Fault.neverAnswer()),
        Arguments.of("FIN", Fault.finBeforeHead()),
        Arguments.of("RST", Fault.rstBeforeHead()));
  }

  /** Assertion 33 and 27; table 2.3, row 2. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("troubles")
  void troubledUpstreamLeavesTheLastAnswer(String name, Fault trouble) {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().chaos().when(RequestMatch.any()).always(trouble);

    // When
    mirror.clock().advance(MAX_STALE.minusSeconds(1));
    var head = mirror.head(BY_TAG);
    var get = mirror.get(BY_TAG);

    // Then
    assertThat(List.of(head, get)).allSatisfy(StaleAnswersTest::assertStale);
    assertThat(head.header("Content-Length")).hasValue("" + OLD.manifest().length());
    assertThat(get.text()).isEqualTo(OLD.manifest().json());
  }

  /** Assertion 33: nobody listens at all. */
  @Test
  void upstreamThatIsGoneLeavesTheLastAnswer() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().close();

    // When
    mirror.clock().advance(FRESHNESS);
    var head = mirror.head(BY_TAG);

    // Then
    assertStale(head);
  }

  /** Assertion 33: "bounded age". */
  @Test
  void lastAnswerIsNotGivenForEver() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(503));

    // When
    mirror.clock().advance(MAX_STALE);
    var byTag = mirror.head(BY_TAG);
    var byDigest = mirror.get(BY_DIGEST);

    // Then
    assertThat(byTag.status()).isBetween(502, 504);
    assertThat(byDigest.status()).isEqualTo(200);
  }

  /** A stale answer says nothing new: the next client makes us ask again. */
  @Test
  void staleAnswerDoesNotMakeTheTagFresh() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(503));
    mirror.clock().advance(FRESHNESS);
    mirror.get(BY_TAG);

    // When
    mirror.registry().chaos().clear();
    mirror.registry().push("team/app", NEW, "v1");
    var recovered = mirror.get(BY_TAG);

    // Then
    assertThat(recovered.text()).isEqualTo(NEW.manifest().json());
  }

  /** Table 2.3, row 3. */
  @Test
  void deletedTagIsGoneButItsDigestIsServed() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().untag("team/app", "v1");

    // When
    mirror.clock().advance(FRESHNESS);
    var byTag = mirror.head(BY_TAG);
    var byDigest = mirror.get(BY_DIGEST);
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(503));
    mirror.clock().advance(Duration.ofSeconds(5));
    var laterInTrouble = mirror.head(BY_TAG);

    // Then
    assertThat(byTag.status()).isEqualTo(404);
    assertThat(byDigest.status()).isEqualTo(200);
    assertThat(laterInTrouble.status()).isBetween(502, 504);
  }

  /** Table 2.3, row 4: who is told no is not in trouble. */
  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void revokedRightEndsTheTagsAnswer(int status) {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(status));

    // When
    mirror.clock().advance(Duration.ofMinutes(5));
    var byTag = mirror.head(BY_TAG);

    // Then
    assertThat(byTag.status()).isEqualTo(403);
  }

  /** Table 2.3, row 4, its other half: a token server in trouble has not revoked anything. */
  @Test
  void tokenServerInTroubleLeavesTheLastAnswer() {
    // Given
    try (var tokens = FakeTokenServer.start(mirror.clock()).allow("acme", "secret")) {
      mirror.registry().protect(new RegistryAuth.Bearer(tokens));
      mirror.restart(
          recipe ->
              recipe.upstreams(mirror.rule().basic("acme", "secret").tokensFrom(tokens).build()));
      assertThat(mirror.get(BY_TAG).status()).isEqualTo(200);

      // When
      tokens.revokeAll();
      tokens.chaos().when(RequestMatch.any()).always(Fault.answer(500));
      mirror.clock().advance(Duration.ofHours(1));
      var byTag = mirror.head(BY_TAG);

      // Then
      assertStale(byTag);
    }
  }

  /** Table 2.3, row 5: somebody else answers in upstream's name. */
  @Test
  void untrustedUpstreamEndsTheTagsAnswerButNotItsDigests() {
    // Given
    var certificates = TestCertificates.create();
    var ca = certificates.writeAuthority(mirror.directory());
    try (var registry = FakeRegistry.start(certificates.local().server())) {
      registry.push("team/app", OLD, "v1");
      mirror.restart(
          recipe ->
              recipe
                  .timeouts(TimeoutProperties.defaults())
                  .upstreams(
                      TestRule.of(ProxiedRegistry.HOST, registry.uri()).trusting(ca).build()));
      assertThat(mirror.get(BY_TAG).status()).isEqualTo(200);

      // When
      mirror.restart(
          recipe ->
              recipe
                  .timeouts(TimeoutProperties.defaults())
                  .upstreams(TestRule.of(ProxiedRegistry.HOST, registry.uri()).build()));
      mirror.clock().advance(FRESHNESS);
      var byTag = mirror.head(BY_TAG);
      var byDigest = mirror.get(BY_DIGEST);

      // Then
      assertThat(byTag.status()).isEqualTo(502);
      assertThat(byTag.reason()).contains("TLS");
      assertThat(byDigest.status()).isEqualTo(200);
    }
  }

  /** Table 2.3, row 6: what has a digest needs nobody's word twice. */
  @Test
  void contentByDigestIsServedThoughUpstreamIsGone() {
    // Given
    var blob = TestBlob.of(23, 100_000);
    mirror.registry().push("team/app", blob);
    mirror.get(BY_TAG);
    mirror.get("team/app/blobs/" + blob.digest());

    // When
    mirror.registry().close();
    mirror.clock().advance(Duration.ofDays(365));
    var manifest = mirror.get(BY_DIGEST);
    var layer = mirror.get("team/app/blobs/" + blob.digest());

    // Then
    assertThat(manifest.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(manifest.header("Warning")).isEmpty();
    assertThat(layer.body().toBytes()).isEqualTo(blob.toBytes());
  }

  /** The cache is all there is. */
  @Test
  void offlineTheCacheIsAllThereIs() {
    // Given
    mirror.get(BY_TAG);
    mirror.restart(recipe -> recipe.offline());
    mirror.registry().log().clear();

    // When
    mirror.clock().advance(Duration.ofDays(365));
    var known = mirror.get(BY_TAG);
    var unknown = mirror.get("team/app/manifests/v2");
    var blob = mirror.get("team/app/blobs/" + OLD.config().digest());
    var tags = mirror.get("team/app/tags/list");

    // Then
    assertThat(known.text()).isEqualTo(OLD.manifest().json());
    assertThat(List.of(unknown, blob, tags))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(504);
              assertThat(answer.reason()).contains("offline");
            });
    assertThat(mirror.registry().requests()).isEmpty();
  }

  private static void assertStale(ProbeAnswer answer) {
    assertThat(answer.status()).as(answer.statusLine()).isEqualTo(200);
    assertThat(answer.header("Docker-Content-Digest")).hasValue(OLD.digest());
    assertThat(answer.header("Warning").orElse("")).startsWith("299 - \"");
    assertThat(answer.header("Cache-Status").orElse("")).startsWith("entrepot; hit; fwd=stale; ");
  }

  /** An endpoint after the other may hang for longer than a client waits. */
  @Test
  void hangingUpstreamLeavesTheLastAnswerBeforeTheClientGivesUp() {
    // Given
    mirror.get(BY_TAG);
    mirror.restart(recipe -> recipe.timeouts(TimeoutProperties.defaults()));
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
    mirror.clock().advance(FRESHNESS);

    // When
    var head = mirror.head(BY_TAG);

    // Then
    assertStale(head);
  }

  @Test
  void answerFromTheFutureIsNotFreshForEver() {
    // Given
    mirror.get(BY_TAG);
    mirror.clock().advance(FRESHNESS.multipliedBy(-2));
    mirror.registry().push("team/app", NEW, "v1");

    // When
    var head = mirror.head(BY_TAG);

    // Then
    assertThat(head.header("Docker-Content-Digest")).hasValue(NEW.digest());
  }
}
