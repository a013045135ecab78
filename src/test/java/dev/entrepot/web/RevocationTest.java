package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeTokenServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RegistryAuth;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scorecard 48 and S-14: content that is here already, of an upstream that has changed its mind.
 */
final class RevocationTest {

  private static final TestImage IMAGE = TestImage.create(95);
  private static final TestBlob BLOB = TestBlob.of(96, 10_000);
  private static final TestBlob OTHER = TestBlob.of(97, 10_000);
  private static final String MANIFEST = "team/app/manifests/" + IMAGE.digest();
  private static final String LAYER = "team/app/blobs/" + BLOB.digest();
  private static final String OTHER_LAYER = "team/app/blobs/" + OTHER.digest();
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @RegisterExtension
  private final ProxiedRegistry mirror =
      ProxiedRegistry.with(recipe -> recipe.meters(new Meters(meters)));

  @BeforeEach
  void pull() {
    mirror.registry().push("team/app", IMAGE, "v1").push("team/app", BLOB).push("team/app", OTHER);
    assertThat(everything()).allMatch(answer -> answer.status() == 200);
    mirror.awaitStored(BLOB.digest());
    mirror.awaitStored(OTHER.digest());
    mirror.registry().log().clear();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void nothingOfARepositoryIsServedOnceTheRightToItIsGone(int status) {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(status));

    // When
    mirror.clock().advance(LIMIT);
    var answers = everything();

    // Then
    assertThat(answers)
        .allSatisfy(answer -> assertThat(answer.status()).as(answer.statusLine()).isEqualTo(403));
  }

  @Test
  void whileTheLastWordIsYoungUpstreamIsNotAsked() {
    // When
    mirror.clock().advance(Duration.ofMinutes(3));
    var answers = List.of(mirror.get(MANIFEST), mirror.get(LAYER), mirror.head(LAYER));

    // Then
    assertThat(answers).allMatch(answer -> answer.status() == 200);
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** A hit waits for nobody: it is asked for early. */
  @Test
  void rightIsConfirmedInTheBackgroundBeforeItHasTo() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.holdBeforeHead(gate));

    // When
    mirror.clock().advance(LIMIT.minusSeconds(1));
    var first = mirror.get(LAYER);
    var second = mirror.get(OTHER_LAYER);
    gate.awaitArrivals(1);
    gate.open();

    // Then
    assertThat(List.of(first, second)).allMatch(answer -> answer.status() == 200);
    assertThat(mirror.registry().requests())
        .singleElement()
        .satisfies(asked -> assertThat(asked.method()).isEqualTo("HEAD"));
  }

  @Test
  void oneQuestionARepositoryIsEnough() {
    // When
    mirror.clock().advance(LIMIT);
    var answers = List.of(mirror.get(MANIFEST), mirror.get(LAYER), mirror.get(OTHER_LAYER));

    // Then
    assertThat(answers)
        .allSatisfy(answer -> assertThat(answer.header("Cache-Status")).hasValue("entrepot; hit"));
    assertThat(mirror.registry().requests()).hasSize(1);
  }

  @Test
  void refusalIsRememberedAndToldOnce() {
    try (var lines = LogLines.listen()) {
      // Given
      mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(403));
      mirror.clock().advance(LIMIT);
      mirror.get(LAYER);
      mirror.registry().log().clear();

      // When
      var again = mirror.get(LAYER);
      var askedAgain = mirror.registry().requests();
      var other = mirror.get(OTHER_LAYER);

      // Then
      assertThat(again.status()).isEqualTo(403);
      assertThat(again.header("Cache-Status")).hasValue("entrepot; hit; detail=denied");
      assertThat(other.status()).isEqualTo(403);
      assertThat(askedAgain).isEmpty();
      assertThat(mirror.registry().requests()).isNotEmpty();
      assertThat(lines.all().stream().filter(line -> line.contains("upstream refuses"))).hasSize(1);
      assertThat(meters.get("entrepot.rights").tag("outcome", "denied").counter().count())
          .isEqualTo(2);
    }
  }

  /** Firewalls of registries refuse single artifacts. */
  @ParameterizedTest
  @ValueSource(ints = {403, 412, 451})
  void refusalOfOneArtifactLeavesTheOthers(int status) {
    // Given
    mirror.registry().chaos().when(RequestMatch.target(BLOB.digest())).always(Fault.answer(status));
    mirror.clock().advance(LIMIT);

    // When
    var refused = mirror.get(LAYER);
    var others = List.of(mirror.get(OTHER_LAYER), mirror.get(MANIFEST));
    var stillRefused = mirror.get(LAYER);

    // Then
    assertThat(List.of(refused, stillRefused)).allMatch(answer -> answer.status() == 403);
    assertThat(others).allMatch(answer -> answer.status() == 200);
  }

  @Test
  void refusalThatIsKnownMakesNobodyAskAboutTheOthers() {
    // Given
    mirror.registry().chaos().when(RequestMatch.target(BLOB.digest())).always(Fault.answer(403));
    mirror.clock().advance(LIMIT);
    mirror.get(LAYER);
    mirror.clock().advance(Duration.ofSeconds(1));
    mirror.get(OTHER_LAYER);
    mirror.clock().advance(Duration.ofSeconds(5));

    // When
    mirror.get(LAYER);
    mirror.registry().log().clear();
    var other = mirror.get(OTHER_LAYER);

    // Then
    assertThat(other.status()).isEqualTo(200);
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** A tag that is asked for often keeps upstream in trouble: its no is heard all the same. */
  @Test
  void refusalThatNobodyWaitsForIsHeard() {
    // Given
    var gate = new Gate();
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.any())
        .always(Fault.answer(403).and(Fault.holdBeforeHead(gate)));
    mirror.clock().advance(LIMIT);
    assertThat(mirror.get("team/app/manifests/v1").status()).isEqualTo(200);

    // When
    var meanwhile = mirror.get(LAYER);
    gate.awaitArrivals(2);
    gate.open();

    // Then
    assertThat(meanwhile.status()).isEqualTo(200);
    Await.until("the refusal", () -> mirror.get(LAYER).status() == 403);
  }

  @Test
  void whenTheRightReturnsTheContentIsStillHere() {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(403));
    mirror.clock().advance(LIMIT);
    mirror.get(LAYER);

    // When
    mirror.registry().chaos().clear();
    mirror.registry().log().clear();
    mirror.clock().advance(Duration.ofSeconds(5));
    var returned = mirror.get(LAYER);

    // Then
    assertThat(returned.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(mirror.registry().count("GET", BLOB.digest())).isZero();
  }

  @Test
  void aRefusedTagMakesUsAskAboutTheRest() {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(401));
    mirror.clock().advance(Duration.ofSeconds(60));

    // When
    var byTag = mirror.get("team/app/manifests/v1");
    var byDigest = mirror.get(MANIFEST);

    // Then
    assertThat(byTag.status()).isEqualTo(403);
    assertThat(byDigest.status()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504, 429})
  void whoIsInTroubleHasTakenNothingAway(int status) {
    // Given
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(status));

    // When
    mirror.clock().advance(Duration.ofDays(30));

    // Then
    assertThat(List.of(mirror.get(MANIFEST), mirror.get(LAYER), mirror.get(OTHER_LAYER)))
        .allMatch(answer -> answer.status() == 200);
  }

  /** A registry hides what is private: a missing blob says nothing of its neighbour. */
  @Test
  void whatIsGoneUpstreamIsGoneAloneHere() {
    // Given
    mirror.registry().removeBlob("team/app", BLOB.digest());
    mirror.clock().advance(LIMIT);

    // When
    var gone = mirror.get(LAYER);
    var neighbour = mirror.get(OTHER_LAYER);

    // Then
    assertThat(gone.status()).isEqualTo(404);
    assertThat(neighbour.status()).isEqualTo(200);
  }

  /** Table 2.3, row 4, its other half. */
  @Test
  void tokenServerInTroubleHasTakenNothingAway() {
    // Given
    try (var tokens = FakeTokenServer.start(mirror.clock()).allow("acme", "secret")) {
      mirror.registry().protect(new RegistryAuth.Bearer(tokens));
      mirror.restart(
          recipe ->
              recipe.upstreams(mirror.rule().basic("acme", "secret").tokensFrom(tokens).build()));
      assertThat(mirror.get(LAYER).status()).isEqualTo(200);
      // The question that follows a start: a token revoked in the midst of it would be a refusal.
      Await.until("the first word", () -> granted() == 1);

      // When
      tokens.revokeAll();
      tokens.chaos().when(RequestMatch.any()).always(Fault.answer(503));
      mirror.clock().advance(Duration.ofHours(1));

      // Then
      assertThat(mirror.get(LAYER).status()).isEqualTo(200);
    }
  }

  /** After a start nothing is known: the first answer comes at once, the next as upstream says. */
  @Test
  void afterAStartUpstreamIsAskedInTheBackground() {
    // Given
    mirror.restart(recipe -> recipe);
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(403));

    // When
    var first = mirror.get(LAYER);

    // Then
    assertThat(first.status()).isEqualTo(200);
    Await.until("the refusal", () -> mirror.get(LAYER).status() == 403);
  }

  @Test
  void offlineNobodyIsAsked() {
    // Given
    mirror.restart(recipe -> recipe.offline());
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(403));

    // When
    mirror.clock().advance(Duration.ofDays(30));

    // Then
    assertThat(everything()).allMatch(answer -> answer.status() == 200);
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** Scorecard 40. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 13})
  void refusalHoldsWhereverTheClockJumps(int hours) {
    // Given
    mirror.clock().advance(Duration.ofHours(hours));
    mirror.get(LAYER);
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.answer(403));

    // When
    mirror.clock().advance(LIMIT);

    // Then
    assertThat(List.of(mirror.get(MANIFEST), mirror.get(LAYER)))
        .allMatch(answer -> answer.status() == 403);
  }

  private double granted() {
    return meters.find("entrepot.rights").tag("outcome", "granted").counters().stream()
        .mapToDouble(Counter::count)
        .sum();
  }

  private List<ProbeAnswer> everything() {
    return List.of(
        mirror.get("team/app/manifests/v1"),
        mirror.get(MANIFEST),
        mirror.head(MANIFEST),
        mirror.get(LAYER),
        mirror.head(LAYER),
        mirror.get(OTHER_LAYER));
  }
}
