package dev.entrepot.upstream;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one endpoint does. After a failure others are preferred for a while; when almost nothing
 * works any more it is left alone, and tried again by single requests after rests that grow.
 */
final class EndpointHealth {

  private static final Logger log = LoggerFactory.getLogger(EndpointHealth.class);

  private static final Duration OTHERS_FIRST = Duration.ofSeconds(30);
  private static final Duration SHORTEST_REST = Duration.ofSeconds(1);
  private static final Duration LONGEST_REST = Duration.ofSeconds(30);

  /** One that fails every second request is still worth asking, and asking twice. */
  private static final int JUDGED_BY = 20;

  private static final float HOPELESS_PERCENT = 95;

  private final String upstream;
  private final Endpoint endpoint;
  private final InstantSource clock;
  private final Meters meters;
  private final CircuitBreaker breaker;
  private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
  private final IntervalFunction rests =
      IntervalFunction.ofExponentialRandomBackoff(SHORTEST_REST, 2, 0.5, LONGEST_REST);
  private volatile Instant restsUntil = Instant.MIN;
  private volatile Instant ledAstray = Instant.EPOCH;

  /**
   * @param upstream the rule's name, for meters and the log
   */
  EndpointHealth(String upstream, Endpoint endpoint, InstantSource clock, Meters meters) {
    this.upstream = upstream;
    this.endpoint = endpoint;
    this.clock = clock;
    this.meters = meters;
    this.breaker =
        CircuitBreaker.of(
            endpoint.toString(),
            CircuitBreakerConfig.custom()
                .clock(clock.withZone(ZoneOffset.UTC))
                .slidingWindow(
                    JUDGED_BY,
                    JUDGED_BY,
                    SlidingWindowType.COUNT_BASED,
                    SlidingWindowSynchronizationStrategy.LOCK_FREE)
                .failureRateThreshold(HOPELESS_PERCENT)
                .permittedNumberOfCallsInHalfOpenState(1)
                .waitIntervalFunctionInOpenState(this::rest)
                .build());
    breaker
        .getEventPublisher()
        .onStateTransition(event -> changed(event.getStateTransition().getToState()));
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Whether it may be asked, for all we know. */
  boolean isAwake() {
    return breaker.getState() != State.OPEN || clock.instant().isAfter(restsUntil);
  }

  /** Whether it failed lately and has not worked since, or redirected to one that failed. */
  boolean isDoubtful() {
    Failure known = failure.get();
    Instant latest = known == null ? Instant.EPOCH : known.latest();
    Instant lately = clock.instant().minus(OTHERS_FIRST);
    return latest.isAfter(lately) || ledAstray.isAfter(lately);
  }

  /** Whether a request may be sent now; whoever sends one tells how it ended, once. */
  boolean mayTry() {
    return breaker.tryAcquirePermission();
  }

  /** A request that was sent at that time was answered, whatever was said. */
  void worked(Instant sent) {
    failure.updateAndGet(known -> known == null || known.latest().isAfter(sent) ? known : null);
    breaker.onSuccess(0, TimeUnit.NANOSECONDS);
  }

  /** A request failed. */
  void failed(TroubleException trouble) {
    note(trouble);
    if (trouble.kind().weight() == 0) {
      breaker.releasePermission();
    }
    for (int i = 0; i < trouble.kind().weight() && breaker.getState() != State.OPEN; i++) {
      breaker.onError(0, TimeUnit.NANOSECONDS, trouble);
    }
  }

  /** A request that was sent at that time was answered with a redirect to a host that failed. */
  void failedElsewhere(Instant sent) {
    worked(sent);
    ledAstray = clock.instant();
  }

  /** The body of an answer failed. The answer itself counted as one. */
  void brokeOff(TroubleException trouble) {
    if (trouble.place() == Whereabouts.Place.ELSEWHERE) {
      ledAstray = clock.instant();
      return;
    }
    note(trouble);
    breaker.onError(0, TimeUnit.NANOSECONDS, trouble);
  }

  /** A request was sent of which nothing is to be learnt. */
  void gaveUp() {
    breaker.releasePermission();
  }

  /** What to tell whoever would have asked it now. */
  TroubleException resting(Ask ask) {
    Failure known = failure.get();
    if (known == null) {
      // Between the request that found it well and its next.
      return TroubleException.of(
          TroubleException.Kind.CROWDED,
          ErrorCode.UPSTREAM_UNREACHABLE,
          ask,
          endpoint,
          "it is being tried by another request",
          null);
    }
    long left = Math.max(1, Duration.between(clock.instant(), restsUntil).toSeconds() + 1);
    return TroubleException.of(
        TroubleException.Kind.GONE,
        known.trouble().explained().code(),
        ask,
        endpoint,
        "it has failed since %s and is left alone for another %d s: %s"
            .formatted(known.first().truncatedTo(ChronoUnit.SECONDS), left, known.trouble().why()),
        null);
  }

  private void note(TroubleException trouble) {
    Instant now = clock.instant();
    failure.updateAndGet(known -> new Failure(known == null ? now : known.first(), now, trouble));
  }

  private long rest(int times) {
    long millis = rests.apply(times);
    restsUntil = clock.instant().plusMillis(millis);
    return millis;
  }

  private void changed(State state) {
    meters.endpointChanged(upstream, state.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    Failure known = failure.get();
    String why = known == null ? "" : known.trouble().why();
    switch (state) {
      case OPEN ->
          log.warn(
              "upstream endpoint left alone upstream={} endpoint={} for={} since={} because=\"{}\"",
              upstream,
              endpoint,
              Duration.between(clock.instant(), restsUntil),
              known == null ? "-" : known.first(),
              why);
      case HALF_OPEN ->
          log.info("upstream endpoint tried again upstream={} endpoint={}", upstream, endpoint);
      default ->
          log.info("upstream endpoint works again upstream={} endpoint={}", upstream, endpoint);
    }
  }

  /**
   * Failures without a success between them.
   *
   * @param trouble the latest one's
   */
  private record Failure(Instant first, Instant latest, TroubleException trouble) {}
}
