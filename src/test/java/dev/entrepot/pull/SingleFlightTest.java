package dev.entrepot.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

final class SingleFlightTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  private final SingleFlight<String, String> flights = new SingleFlight<>();
  private final AtomicInteger starts = new AtomicInteger();
  private Sinks.One<String> work = Sinks.one();

  private Mono<String> join(String key) {
    return flights.join(
        key,
        () -> {
          starts.incrementAndGet();
          return work.asMono();
        },
        result -> result + " (shared)");
  }

  @Test
  void equalRequestsShareOneResult() {
    // Given
    List<String> results = new ArrayList<>();
    join("a").subscribe(results::add);
    join("a").subscribe(results::add);
    join("a").subscribe(results::add);

    // When
    work.tryEmitValue("done");

    // Then
    assertThat(results).containsExactly("done", "done (shared)", "done (shared)");
    assertThat(starts).hasValue(1);
  }

  @Test
  void differentRequestsShareNothing() {
    // When
    join("a").subscribe();
    join("b").subscribe();

    // Then
    assertThat(starts).hasValue(2);
  }

  @Test
  void nothingStartsBeforeSomebodySubscribes() {
    // When
    Mono<String> unused = join("a");

    // Then
    assertThat(unused).isNotNull();
    assertThat(starts).hasValue(0);
  }

  @Test
  void workGoesOnWhenItsFirstCallerLeaves() {
    // Given
    var leaving = join("a").subscribe();
    StepVerifier.Step<String> staying =
        StepVerifier.create(join("a")).then(leaving::dispose).then(() -> work.tryEmitValue("done"));

    // When, Then
    staying.expectNext("done (shared)").expectComplete().verify(SOON);
    assertThat(starts).hasValue(1);
  }

  @Test
  void failureReachesEverybodyAndIsNotRemembered() {
    // Given
    List<Throwable> failures = new ArrayList<>();
    join("a").subscribe(_ -> {}, failures::add);
    join("a").subscribe(_ -> {}, failures::add);

    // When
    work.tryEmitError(new RegistryException(ErrorCode.UPSTREAM_UNREACHABLE, "down"));
    work = Sinks.one();
    work.tryEmitValue("up again");

    // Then
    assertThat(failures).hasSize(2);
    StepVerifier.create(join("a")).expectNext("up again").expectComplete().verify(SOON);
    assertThat(starts).hasValue(2);
  }

  @Test
  void resultIsNotRemembered() {
    // Given
    work.tryEmitValue("first");
    StepVerifier.create(join("a")).expectNext("first").expectComplete().verify(SOON);
    work = Sinks.one();
    work.tryEmitValue("second");

    // When, Then
    StepVerifier.create(join("a")).expectNext("second").expectComplete().verify(SOON);
  }

  @Test
  void workThatThrowsBlocksNobodyAfterIt() {
    // Given
    Mono<String> thrown =
        flights.join(
            "a",
            () -> {
              throw new IllegalStateException("no work");
            });
    StepVerifier.create(thrown).expectErrorMessage("no work").verify(SOON);
    work.tryEmitValue("done");

    // When, Then
    StepVerifier.create(join("a")).expectNext("done").expectComplete().verify(SOON);
  }

  @Test
  void workWithoutAResultIsOver() {
    // When
    Mono<String> nothing = flights.join("a", Mono::empty);

    // Then
    StepVerifier.create(nothing).expectComplete().verify(SOON);
    StepVerifier.create(flights.join("a", () -> Mono.just("now")))
        .expectNext("now")
        .expectComplete()
        .verify(SOON);
  }
}
