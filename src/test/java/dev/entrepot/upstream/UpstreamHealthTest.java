package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What upstreams that fail often, always or halfway cost, and what they are asked then. */
final class UpstreamHealthTest {

  private static final Tag TAG = new Tag("1.0");
  private static final TimeoutProperties SHORT =
      new TimeoutProperties(
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofMillis(500),
          DataSize.ofKilobytes(1),
          Duration.ofSeconds(60));

  private final TestImage image = TestImage.create(1);
  private final TestBlob blob = TestBlob.of(5, 300_000);
  private final FakeRegistry first = stocked();
  private final FakeRegistry second = stocked();
  private final TestUpstream alone = TestUpstream.at(first.uri());
  private final TestUpstream both = TestUpstream.at(first.uri(), second.uri());

  @AfterEach
  void close() {
    alone.close();
    both.close();
    first.close();
    second.close();
  }

  /** Scorecard 10. */
  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504})
  void upstreamThatFailsEverySecondTimeCostsTwiceTheRequestsAndNoPull(int status) {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.everySecond(Fault.answer(status)));

    // When
    for (int i = 0; i < 50; i++) {
      StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
    }

    // Then
    assertThat(first.requests()).hasSizeLessThanOrEqualTo(100);
  }

  /** Scorecard 10, where the failures come in no order. */
  @Test
  void upstreamThatFailsAtRandomHalfTheTimeCostsNoPull() {
    // Given
    Random coin = new Random(42);
    first.chaos().when(_ -> coin.nextBoolean()).always(Fault.answer(503));

    // When
    for (int i = 0; i < 200; i++) {
      StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
    }

    // Then
    assertThat(first.requests()).hasSizeLessThan(450);
  }

  @Test
  void whoIsLeftAloneIsNotAskedAndTheAnswerSaysSinceWhenAndWhy() {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.answer(503));
    for (int i = 0; i < 3; i++) {
      StepVerifier.create(pull(alone)).expectError().verify(SOON);
    }
    int asked = first.requests().size();

    // When
    StepVerifier.create(pull(alone))
        .expectErrorSatisfies(
            failure -> {
              assertThat(failure).isInstanceOf(RegistryException.class);
              assertThat(((RegistryException) failure).code())
                  .isEqualTo(ErrorCode.UPSTREAM_INVALID);
              assertThat(failure)
                  .hasMessageContaining("has failed since 2030-01-01T00:00:00Z")
                  .hasMessageContaining("it answered 503");
            })
        // Then
        .verify(Duration.ofMillis(500));
    assertThat(asked).isLessThanOrEqualTo(20);
    assertThat(first.requests()).hasSize(asked);
  }

  @Test
  void whoHasRestedAndAnswersIsAskedAsBefore() {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.answer(503));
    for (int i = 0; i < 3; i++) {
      StepVerifier.create(pull(alone)).expectError().verify(SOON);
    }

    // When
    first.chaos().clear();
    alone.clock.advance(Duration.ofSeconds(2));

    // Then
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
  }

  @Test
  void brokenBodyIsGoneOnWithFromTheNextEndpoint() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).always(Fault.rstAt(1000));

    // When
    StepVerifier.create(bytes(both, 0)).expectError().verify(SOON);
    StepVerifier.create(bytes(both, 1000)).expectNext(299_000L).expectComplete().verify(SOON);

    // Then
    assertThat(first.requests()).hasSize(1);
    assertThat(second.requests()).hasSize(1);
  }

  @Test
  void stalledBodyIsGoneOnWithFromTheNextEndpoint() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).always(Fault.hangAt(1000));
    both.within(SHORT);

    // When
    StepVerifier.create(bytes(both, 0)).expectError().verify(SOON);
    StepVerifier.create(bytes(both, 1000)).expectNext(299_000L).expectComplete().verify(SOON);

    // Then
    assertThat(second.requests()).hasSize(1);
  }

  /** Scorecard 4. */
  @Test
  void bodyThatDripsIsBrokenOff() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).always(Fault.dripAt(0, Duration.ofMillis(20)));

    // When, Then
    StepVerifier.create(bytes(alone.within(SHORT), 0))
        .expectErrorMessage(
            ("tried to pull blob %s of registry.test/team/app from %s but it sent less than 1024B a"
                    + " second for 0.5 s (upstream rule 'registry.test', credentials: anonymous)")
                .formatted(blob.digest(), first.authority()))
        .verify(SOON);
  }

  @Test
  void silentEndpointLeavesTimeForTheNext() {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());

    // When, Then
    StepVerifier.create(pull(both.within(SHORT)))
        .expectNextCount(1)
        .expectComplete()
        .verify(SHORT.headers());
  }

  /** Scorecard 11 and 44: a black hole behind the registry, and one that takes connections. */
  @Test
  void silenceEverywhereEndsInTimeAltogether() {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
    second.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());

    // When, Then
    StepVerifier.create(pull(both.within(SHORT)))
        .expectError(RegistryException.class)
        .verify(SHORT.headers().plusSeconds(1));
    assertThat(TimeoutProperties.defaults().headers()).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void closedPortIsFoundOutAtOnce() {
    // Given
    try (TestUpstream gone = TestUpstream.at(URI.create("http://127.0.0.1:1/"))) {

      // When, Then
      for (int i = 0; i < 5; i++) {
        StepVerifier.create(pull(gone))
            .expectErrorSatisfies(
                failure -> assertThat(failure).hasMessageContaining("it refused the connection"))
            .verify(Duration.ofSeconds(2));
      }
    }
  }

  @Test
  void whatIsLeftOfThePullLimitIsRemembered() {
    // Given
    first
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.header("RateLimit-Limit", "100;w=21600")
                .and(Fault.header("RateLimit-Remaining", "9;w=21600"))
                .and(Fault.header("docker-ratelimit-source", "192.0.2.1")));
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    alone.meters(new Meters(meters));
    try (LogLines lines = LogLines.listen()) {

      // When
      StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
      StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);

      // Then
      assertThat(lines.all().stream().filter(line -> line.contains("grants few more pulls")))
          .hasSize(1);
    }
    assertThat(meters.get("entrepot.upstream.ratelimit.remaining").gauge().value()).isEqualTo(9);
    assertThat(meters.get("entrepot.upstream.ratelimit.limit").gauge().value()).isEqualTo(100);
    assertThat(alone.client().rateLimit())
        .hasValueSatisfying(
            said -> {
              assertThat(said.limit()).isEqualTo(100);
              assertThat(said.remaining()).isEqualTo(9);
              assertThat(said.window()).isEqualTo(Duration.ofHours(6));
              assertThat(said.source()).hasValue("192.0.2.1");
            });
  }

  private FakeRegistry stocked() {
    return FakeRegistry.start().push(REPOSITORY, image, "1.0").push(REPOSITORY, blob);
  }

  private static Mono<UpstreamManifest> pull(TestUpstream upstream) {
    return upstream.client().getManifest(upstream.route(), TAG);
  }

  private Mono<Long> bytes(TestUpstream upstream, long offset) {
    return upstream
        .client()
        .openBlob(
            upstream.route(), Digest.parse(blob.digest()), offset, Long.MAX_VALUE, Optional.empty())
        .flatMapMany(UpstreamBlob::bytes)
        .map(UpstreamHealthTest::consumed)
        .reduce(0L, Long::sum);
  }

  private static long consumed(ByteBuf piece) {
    long size = piece.readableBytes();
    piece.release();
    return size;
  }
}
