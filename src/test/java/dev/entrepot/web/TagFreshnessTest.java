package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.Timeouts;
import dev.entrepot.upstream.TimeoutProperties;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How long a tag's answer counts, and what counts when upstream cannot be asked. */
final class TagFreshnessTest {

  private static final TestImage OLD = TestImage.create(21);
  private static final TestImage NEW = TestImage.create(22);
  private static final String BY_TAG = "team/app/manifests/v1";
  private static final Duration FRESHNESS = Duration.ofSeconds(60);
  private static final Duration MAX_STALE = Duration.ofDays(7);
  private static final TimeoutProperties SHORT =
      Timeouts.of(Duration.ofSeconds(1), Duration.ofMillis(400));

  private static final String GONE =
      "tag gone from upstream repository=registry.test/team/app tag=v1";

  @RegisterExtension
  private final ProxiedRegistry mirror =
      ProxiedRegistry.with(recipe -> recipe.timeouts(SHORT).tagAges(FRESHNESS, MAX_STALE));

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", OLD, "v1");
  }

  @Test
  void freshTagIsRepeatedWithoutAskingUpstream() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().push("team/app", NEW, "v1").log().clear();

    // When
    mirror.clock().advance(FRESHNESS.minusSeconds(1));
    var head = mirror.head(BY_TAG);
    var get = mirror.get(BY_TAG);

    // Then
    assertThat(head.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(get.text()).isEqualTo(OLD.manifest().json());
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** Table 2.3, row 1: the same digest. */
  @Test
  void agedTagIsConfirmedByOneHead() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().log().clear();

    // When
    mirror.clock().advance(FRESHNESS);
    var confirmed = mirror.get(BY_TAG);
    var repeated = mirror.head(BY_TAG);

    // Then
    assertThat(confirmed.header("Cache-Status"))
        .hasValue("entrepot; hit; fwd=stale; fwd-status=200; detail=unchanged");
    assertThat(confirmed.header("Warning")).isEmpty();
    assertThat(repeated.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(mirror.registry().requests())
        .singleElement()
        .satisfies(asked -> assertThat(asked.method()).isEqualTo("HEAD"));
  }

  @Test
  void movedTagIsFollowedOnceItHasAged() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().push("team/app", NEW, "v1");

    // When
    mirror.clock().advance(FRESHNESS);
    var moved = mirror.get(BY_TAG);

    // Then
    assertThat(moved.text()).isEqualTo(NEW.manifest().json());
    assertThat(moved.header("Docker-Content-Digest")).hasValue(NEW.digest());
    assertThat(moved.header("Cache-Status"))
        .hasValue("entrepot; fwd=stale; fwd-status=200; stored; detail=changed");
  }

  @Test
  void tagOfAnUpstreamMayHaveAFreshnessOfItsOwn() {
    // Given
    mirror.restart(
        recipe ->
            recipe
                .cache(settings -> settings.revocation(Duration.ofHours(2)))
                .upstreams(mirror.rule().tagFreshness(Duration.ofHours(1)).build()));
    mirror.get(BY_TAG);
    mirror.registry().log().clear();

    // When
    mirror.clock().advance(Duration.ofMinutes(59));
    mirror.head(BY_TAG);

    // Then
    assertThat(mirror.registry().requests()).isEmpty();
  }

  @Test
  void tagIsRememberedAcrossARestart() {
    // Given
    mirror.get(BY_TAG);
    mirror.restart(recipe -> recipe);
    mirror.registry().log().clear();

    // When
    var answer = mirror.get(BY_TAG);

    // Then
    assertThat(answer.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(mirror.registry().requests()).isEmpty();
  }

  /** One HEAD a tag, however many ask. */
  @Test
  void equalQuestionsAboutATagAreAskedOnce() {
    // Given
    var gate = new Gate();
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.head("/manifests/v1"))
        .always(Fault.holdBeforeHead(gate));
    mirror.restart(recipe -> recipe.timeouts(TimeoutProperties.defaults()));
    try (var first = mirror.connect();
        var second = mirror.connect()) {
      // When
      first.request("HEAD", ProxiedRegistry.target(BY_TAG));
      gate.awaitArrivals(1);
      second.request("HEAD", ProxiedRegistry.target(BY_TAG));
      // The ping's answer shows that the loop has read what came before it on another connection.
      mirror.get("team/app/blobs/nonsense");
      gate.open();

      // Then
      assertThat(first.readAnswer("HEAD").status()).isEqualTo(200);
      assertThat(second.readAnswer("HEAD").status()).isEqualTo(200);
    }
    assertThat(mirror.registry().count("HEAD", "/manifests/v1")).isEqualTo(1);
  }

  @Test
  void pagesAreRepeatedBriefly() {
    // Given
    mirror.get("team/app/tags/list");
    mirror.registry().push("team/app", NEW, "v2");

    // When
    var repeated = mirror.get("team/app/tags/list");
    mirror.clock().advance(Duration.ofSeconds(31));
    var asked = mirror.get("team/app/tags/list");

    // Then
    assertThat(repeated.text()).doesNotContain("v2");
    assertThat(repeated.header("Cache-Status")).hasValue("entrepot; hit");
    assertThat(asked.text()).contains("v2");
  }

  @Test
  void tagThatHasJustAgedIsAnsweredAtOnceWhileUpstreamIsAsked() {
    // Given
    var gate = new Gate();
    mirror.restart(
        recipe -> recipe.cache(settings -> settings.staleWhileRevalidate(Duration.ofMinutes(1))));
    mirror.get(BY_TAG);
    mirror.registry().push("team/app", NEW, "v1");
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.head("/manifests/v1"))
        .always(Fault.holdBeforeHead(gate));
    mirror.registry().log().clear();
    mirror.clock().advance(FRESHNESS);

    // When
    var stale = mirror.get(BY_TAG);
    gate.awaitArrivals(1);
    gate.open();
    Await.until("the new answer", () -> mirror.get(BY_TAG).text().equals(NEW.manifest().json()));

    // Then
    assertThat(stale.text()).isEqualTo(OLD.manifest().json());
    assertThat(stale.header("Cache-Status"))
        .hasValue("entrepot; hit; fwd=stale; detail=revalidating");
    assertThat(mirror.registry().count("HEAD", "/manifests/v1")).isEqualTo(1);
  }

  @Test
  void whatWasAskedInVainBehindAnAnswerIsSaidInTheLog() {
    // Given
    mirror.restart(
        recipe -> recipe.cache(settings -> settings.staleWhileRevalidate(Duration.ofMinutes(1))));
    mirror.get(BY_TAG);
    mirror.registry().chaos().when(RequestMatch.head("/manifests/v1")).always(Fault.answer(403));
    mirror.registry().chaos().when(RequestMatch.get("/manifests/v1")).always(Fault.answer(403));
    mirror.clock().advance(FRESHNESS);

    try (LogLines log = LogLines.listen()) {
      // When
      var stale = mirror.get(BY_TAG);

      // Then
      assertThat(stale.status()).isEqualTo(200);
      Await.until("the warning", () -> log.all().stream().anyMatch(TagFreshnessTest::isWarning));
      assertThat(log.all())
          .filteredOn(TagFreshnessTest::isWarning)
          .singleElement()
          .asString()
          .contains("repository=registry.test/team/app tag=v1 cause=\"", "403");
    }
  }

  @Test
  void tagThatIsGoneWasNotAskedForInVain() {
    // Given
    mirror.restart(
        recipe -> recipe.cache(settings -> settings.staleWhileRevalidate(Duration.ofMinutes(1))));
    mirror.get(BY_TAG);
    mirror.registry().chaos().when(RequestMatch.head("/manifests/v1")).always(Fault.answer(404));
    mirror.registry().chaos().when(RequestMatch.get("/manifests/v1")).always(Fault.answer(404));
    mirror.clock().advance(FRESHNESS);

    try (LogLines log = LogLines.listen()) {
      // When
      mirror.get(BY_TAG);

      // Then
      Await.until("the line", () -> log.all().stream().anyMatch(line -> line.startsWith(GONE)));
      assertThat(log.all()).noneMatch(TagFreshnessTest::isWarning);
    }
  }

  private static boolean isWarning(String line) {
    return line.startsWith("tag not revalidated ");
  }

  @Test
  void tagThatHasLongAgedIsAskedForFirst() {
    // Given
    mirror.restart(
        recipe -> recipe.cache(settings -> settings.staleWhileRevalidate(Duration.ofMinutes(1))));
    mirror.get(BY_TAG);
    mirror.registry().push("team/app", NEW, "v1");

    // When
    mirror.clock().advance(FRESHNESS.plusMinutes(1));
    var moved = mirror.get(BY_TAG);

    // Then
    assertThat(moved.text()).isEqualTo(NEW.manifest().json());
  }

  /** GET would count as a pull where HEAD does not. */
  @Test
  void digestThatIsKnownIsEnoughOfAnAnswer() {
    // Given
    mirror.get(BY_TAG);
    mirror.registry().log().clear();
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.head("/manifests/v1"))
        .always(Fault.header("Content-Type", "text/plain"));

    // When
    mirror.clock().advance(FRESHNESS);
    var confirmed = mirror.get(BY_TAG);

    // Then
    assertThat(confirmed.text()).isEqualTo(OLD.manifest().json());
    assertThat(confirmed.header("Content-Type")).hasValue(OLD.manifest().mediaType());
    assertThat(mirror.registry().count("GET", "/manifests/")).isZero();
  }
}
