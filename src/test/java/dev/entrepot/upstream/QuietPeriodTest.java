package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestImage;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Scorecard 9: a registry that asks for quiet is given it by everyone. */
final class QuietPeriodTest {

  private final TestImage image = TestImage.create(1);
  private final FakeRegistry registry =
      FakeRegistry.start().push(REPOSITORY, image, "1.0").push(REPOSITORY, image, "2.0");
  private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  private final TestUpstream upstream = TestUpstream.at(registry.uri()).timer(timer);

  @AfterEach
  void close() {
    upstream.close();
    registry.close();
    timer.dispose();
  }

  @Test
  void whoAsksMeanwhileWaitsWithoutAsking() {
    // Given
    registry.chaos().when(RequestMatch.target("1.0")).once(Fault.tooManyRequests("7"));
    CompletableFuture<?> first = pull("1.0").toFuture();
    Await.until("the wait", () -> timer.getScheduledTaskCount() == 1);

    // When
    CompletableFuture<?> second = pull("2.0").toFuture();
    Await.until("the second wait", () -> timer.getScheduledTaskCount() == 2);
    int askedMeanwhile = registry.requests().size();
    pass(Duration.ofSeconds(8));

    // Then
    assertThat(first).succeedsWithin(10, TimeUnit.SECONDS);
    assertThat(second).succeedsWithin(10, TimeUnit.SECONDS);
    assertThat(askedMeanwhile).isEqualTo(1);
    assertThat(registry.requests()).hasSize(3);
  }

  @Test
  void longerQuietThanClientsHaveIsPassedOnToAllWithTheTimeThatIsLeft() {
    // Given
    registry.chaos().when(RequestMatch.any()).once(Fault.tooManyRequests("120"));
    StepVerifier.create(pull("1.0")).expectError().verify(SOON);
    upstream.clock.advance(Duration.ofSeconds(30));

    // When
    RegistryException busy = Refusals.expect(ErrorCode.UPSTREAM_BUSY, pull("2.0"));
    assertThat(busy.retryAfter()).contains(Duration.ofSeconds(90));

    // Then
    assertThat(registry.requests()).hasSize(1);
  }

  @Test
  void quietOfHoursIsTriedNowAndThen() {
    // Given
    registry.chaos().when(RequestMatch.any()).once(Fault.tooManyRequests("21600"));
    StepVerifier.create(pull("1.0")).expectError().verify(SOON);

    // When
    upstream.clock.advance(Duration.ofMinutes(1));

    // Then
    StepVerifier.create(pull("2.0")).expectNextCount(1).expectComplete().verify(SOON);
  }

  /** Scorecard 40. */
  @Test
  void quietEndsInTimeThoughTheClockIsSetBack() {
    // Given
    registry.chaos().when(RequestMatch.any()).once(Fault.tooManyRequests("21600"));
    StepVerifier.create(pull("1.0")).expectError().verify(SOON);
    upstream.clock.advance(Duration.ofHours(-1));
    StepVerifier.create(pull("1.0")).expectError().verify(SOON);

    // When
    upstream.clock.advance(Duration.ofMinutes(1));

    // Then
    StepVerifier.create(pull("2.0")).expectNextCount(1).expectComplete().verify(SOON);
  }

  private Mono<UpstreamManifest> pull(String tag) {
    return upstream.client().getManifest(upstream.route(), new Tag(tag));
  }

  private void pass(Duration time) {
    upstream.clock.advance(time);
    timer.advanceTimeBy(time);
  }
}
