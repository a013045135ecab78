package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Asks one endpoint after the other, those in good health first, and once more from the first while
 * the trouble may pass. All together takes no longer than a client waits before it turns elsewhere.
 */
final class Failover {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(25);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

  private final List<EndpointHealth> endpoints;
  private final Duration limit;
  private final InstantSource clock;
  private final Scheduler timer;
  private final RandomGenerator random;

  /**
   * @param endpoints as configured
   * @param limit for an answer from any of them
   * @param timer for pauses
   */
  Failover(
      List<EndpointHealth> endpoints,
      Duration limit,
      InstantSource clock,
      Scheduler timer,
      RandomGenerator random) {
    this.endpoints = List.copyOf(endpoints);
    this.limit = limit;
    this.clock = clock;
    this.timer = timer;
    this.random = random;
  }

  /** The first answer; fails with the last endpoint's {@link TroubleException} if there is none. */
  Mono<UpstreamAnswer> answer(Ask ask, Function<Endpoint, Mono<UpstreamAnswer>> attempt) {
    return Mono.defer(() -> new Course(ask, attempt).round(1, null));
  }

  /** Who had less time than this has not been given a chance to answer. */
  static Duration least(Duration limit, int endpoints) {
    return limit.dividedBy(Math.max(3, endpoints + 1));
  }

  private List<EndpointHealth> inOrder() {
    List<EndpointHealth> order = new ArrayList<>(endpoints);
    order.sort(
        Comparator.comparing((EndpointHealth one) -> !one.isAwake())
            .thenComparing(EndpointHealth::isDoubtful));
    return order;
  }

  private final class Course {

    private final Ask ask;
    private final Function<Endpoint, Mono<UpstreamAnswer>> attempt;
    private final long deadline = now() + limit.toNanos();

    Course(Ask ask, Function<Endpoint, Mono<UpstreamAnswer>> attempt) {
      this.ask = ask;
      this.attempt = attempt;
    }

    Mono<UpstreamAnswer> round(int tries, @Nullable TroubleException earlier) {
      return from(inOrder(), earlier)
          .onErrorResume(
              TroubleException.class,
              trouble -> {
                Duration pause = pause(tries);
                boolean again = tries < trouble.kind().tries() && left() > pause.toNanos();
                return again
                    ? Mono.delay(pause, timer).then(Mono.defer(() -> round(tries + 1, trouble)))
                    : Mono.error(trouble);
              });
    }

    private Mono<UpstreamAnswer> from(
        List<EndpointHealth> order, @Nullable TroubleException earlier) {
      for (int i = 0; i < order.size() && left() > 0; i++) {
        EndpointHealth next = order.get(i);
        if (next.mayTry()) {
          List<EndpointHealth> others = order.subList(i + 1, order.size());
          return tried(next, share(others))
              .onErrorResume(TroubleException.class, trouble -> from(others, trouble));
        }
      }
      return Mono.error(earlier == null ? order.getFirst().resting(ask) : earlier);
    }

    /** What an endpoint may take so that those that can be asked after it have as much. */
    private Duration share(List<EndpointHealth> others) {
      long askable = others.stream().filter(EndpointHealth::isAwake).count();
      return Duration.ofNanos(Math.max(1, left() / (askable + 1)));
    }

    private Mono<UpstreamAnswer> tried(EndpointHealth health, Duration share) {
      Instant sent = clock.instant();
      AtomicBoolean told = new AtomicBoolean();
      Whereabouts where = new Whereabouts();
      return where
          .of(attempt.apply(health.endpoint()))
          .timeout(share, Mono.defer(() -> Mono.error(cutOff(health.endpoint(), where, share))))
          .onErrorMap(
              TimeoutException.class, UpstreamFailures.during(ask, health.endpoint().toString()))
          .doOnNext(_ -> once(told, () -> health.worked(sent)))
          .doOnError(failure -> once(told, () -> judge(health, sent, failure)))
          .doOnCancel(() -> once(told, health::gaveUp))
          .map(answer -> answer.by(health));
    }

    /** Our own time was over. */
    private TroubleException cutOff(Endpoint endpoint, Whereabouts where, Duration share) {
      boolean fair = share.compareTo(least(limit, endpoints.size())) >= 0;
      String why =
          fair
              ? "it did not answer in time"
              : "it did not answer in the %d ms that were left".formatted(share.toMillis());
      TroubleException.Kind kind =
          fair ? TroubleException.Kind.GONE : TroubleException.Kind.CROWDED;
      Whereabouts.Place place = where.place();
      return switch (place) {
        case ENDPOINT ->
            TroubleException.of(kind, ErrorCode.UPSTREAM_UNREACHABLE, ask, endpoint, why, null);
        case ELSEWHERE ->
            TroubleException.of(
                    kind,
                    ErrorCode.UPSTREAM_UNREACHABLE,
                    ask,
                    "the host that " + endpoint + " redirected to",
                    why,
                    null)
                .at(place);
        case CREDENTIAL ->
            TroubleException.of(
                    TroubleException.Kind.CROWDED,
                    ErrorCode.CREDENTIAL_UNAVAILABLE,
                    ask,
                    endpoint,
                    "the credential for it did not come in time",
                    null)
                .at(place);
      };
    }

    private Duration pause(int tries) {
      long doubled = FIRST_PAUSE.toMillis() << Math.min(tries - 1, 10);
      long millis = Math.min(doubled, LONGEST_PAUSE.toMillis());
      return Duration.ofMillis(millis / 2 + random.nextLong(millis));
    }

    private long left() {
      return deadline - now();
    }
  }

  private static void judge(EndpointHealth health, Instant sent, Throwable failure) {
    switch (failure) {
      case TroubleException trouble -> {
        switch (trouble.place()) {
          case ENDPOINT -> health.failed(trouble);
          case ELSEWHERE -> health.failedElsewhere(sent);
          case CREDENTIAL -> health.gaveUp();
        }
      }
      case CredentialRefusedException _ -> health.worked(sent);
      case RegistryException no when saysMuch(no) -> health.worked(sent);
      default -> health.gaveUp();
    }
  }

  /** A refusal is an answer; that we have nothing to ask with says nothing of the endpoint. */
  private static boolean saysMuch(RegistryException no) {
    return switch (no.code()) {
      case DENIED, UPSTREAM_INVALID, UPSTREAM_BUSY -> true;
      default -> no.code().isNotFound();
    };
  }

  private static void once(AtomicBoolean told, Runnable telling) {
    if (told.compareAndSet(false, true)) {
      telling.run();
    }
  }

  private static long now() {
    return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
  }
}
