package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.upstream.TroubleException.Kind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** When an endpoint is left alone, for how long, and what is said of it. */
final class EndpointHealthTest {

  private static final Duration LONGEST_FIRST_REST = Duration.ofMillis(1501);

  private final MutableClock clock = MutableClock.create();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final EndpointHealth health =
      new EndpointHealth(
          "registry.test",
          new Endpoint(URI.create("https://registry.test")),
          new OnwardClock(clock),
          new Meters(meters));

  @Test
  void whoDoesNotAnswerTwiceIsLeftAlone() {
    // When
    failAs(Kind.GONE);
    boolean afterOne = health.isAwake();
    failAs(Kind.GONE);

    // Then
    assertThat(afterOne).isTrue();
    assertThat(health.isAwake()).isFalse();
    assertThat(health.mayTry()).isFalse();
  }

  @Test
  void whoFailsEverySecondTimeIsNeverLeftAlone() {
    // Given
    Random coin = new Random(7);

    // When
    for (int i = 0; i < 5000; i++) {
      if (coin.nextBoolean()) {
        failAs(Kind.PASSING);
      } else {
        health.worked(clock.instant());
      }

      // Then
      assertThat(health.mayTry()).isTrue();
    }
  }

  @Test
  void whatIsSaidTellsSinceWhenAndWhy() {
    // Given
    failAs(Kind.GONE);
    clock.advance(Duration.ofMinutes(1));
    failAs(Kind.GONE);

    // When
    var said = health.resting(ask()).explained();

    // Then
    assertThat(said.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
    assertThat(said.explanation())
        .matches(
            "tried to ask .* from registry.test but it has failed since 2030-01-01T00:00:00Z and"
                + " is left alone for another [12] s: it did not take a connection.*");
  }

  @Test
  void afterItsRestASingleRequestTries() {
    // Given
    leaveAlone();

    // When
    clock.advance(LONGEST_FIRST_REST);
    boolean first = health.mayTry();
    boolean second = health.mayTry();

    // Then
    assertThat(first).isTrue();
    assertThat(second).isFalse();
  }

  @Test
  void oneAnswerIsEnoughToBeAskedAgain() {
    // Given
    leaveAlone();
    clock.advance(LONGEST_FIRST_REST);
    health.mayTry();

    // When
    health.worked(clock.instant());

    // Then
    assertThat(health.mayTry()).isTrue();
    assertThat(health.mayTry()).isTrue();
    assertThat(health.isDoubtful()).isFalse();
    assertThat(
            meters
                .counter(
                    "entrepot.upstream.endpoint.changes",
                    "upstream",
                    "registry.test",
                    "state",
                    "closed")
                .count())
        .isEqualTo(1);
  }

  @Test
  void restsGrowWhileItFailsOn() {
    // Given
    leaveAlone();
    for (int i = 0; i < 10; i++) {
      clock.advance(Duration.ofSeconds(46));
      assertThat(health.mayTry()).isTrue();
      failAs(Kind.GONE);
    }

    // When
    clock.advance(Duration.ofSeconds(10));
    boolean early = health.mayTry();
    clock.advance(Duration.ofSeconds(36));

    // Then
    assertThat(early).isFalse();
    assertThat(health.mayTry()).isTrue();
  }

  @Test
  void tryThatIsGivenUpLeavesRoomForTheNext() {
    // Given
    leaveAlone();
    clock.advance(LONGEST_FIRST_REST);
    health.mayTry();

    // When
    health.gaveUp();

    // Then
    assertThat(health.mayTry()).isTrue();
  }

  @Test
  void ourOwnCrowdIsNotItsFault() {
    // When
    for (int i = 0; i < 100; i++) {
      failAs(Kind.CROWDED);
    }

    // Then
    assertThat(health.isAwake()).isTrue();
  }

  /** Scorecard 40. */
  @Test
  void restEndsInTimeThoughTheClockIsSetBack() {
    // Given
    leaveAlone();
    clock.advance(Duration.ofHours(-1));
    boolean early = health.mayTry();

    // When
    clock.advance(LONGEST_FIRST_REST);

    // Then
    assertThat(early).isFalse();
    assertThat(health.mayTry()).isTrue();
  }

  @Test
  void everyChangeIsToldOnceWithItsReason() {
    try (LogLines lines = LogLines.listen()) {
      // When
      leaveAlone();
      clock.advance(LONGEST_FIRST_REST);
      health.mayTry();
      health.worked(clock.instant());

      // Then
      assertThat(lines.all())
          .anySatisfy(
              line ->
                  assertThat(line)
                      .contains(
                          "left alone upstream=registry.test endpoint=registry.test",
                          "since=2030-01-01T00:00:00Z",
                          "because=\"it did not take a connection\""))
          .anySatisfy(line -> assertThat(line).contains("tried again"))
          .anySatisfy(line -> assertThat(line).contains("works again"))
          .hasSize(3);
    }
  }

  private void leaveAlone() {
    failAs(Kind.GONE);
    failAs(Kind.GONE);
    assertThat(health.isAwake()).isFalse();
  }

  private void failAs(Kind kind) {
    health.failed(
        TroubleException.of(
            kind,
            ErrorCode.UPSTREAM_UNREACHABLE,
            ask(),
            "registry.test",
            "it did not take a connection",
            null));
  }

  private static Ask ask() {
    return Ask.ofRegistry(
        Ask.PING, "ask it", TestUpstream.at().route(), "anonymous", ErrorCode.DENIED);
  }
}
