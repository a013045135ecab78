package dev.entrepot.upstream;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Waits when a registry asks us to slow down, as long as clients wait for us. Passing the 429 on
 * would make every node ask upstream directly. All that is asked of the registry waits together.
 */
final class Patience {

  private static final Logger log = LoggerFactory.getLogger(Patience.class);

  private static final Duration BUDGET = Duration.ofSeconds(20);
  private static final Duration UNASKED = Duration.ofSeconds(4);

  /** Even where it says more, it is asked again now and then: a limit may end early. */
  private static final Duration LONGEST_QUIET = Duration.ofMinutes(1);

  /**
   * How often a request may be answered 429: a third try is for the client to decide on. Waiting
   * with the others, unasked, costs none.
   */
  private static final int TRIES = 2;

  private final String upstream;
  private final InstantSource clock;
  private final Scheduler timer;
  private final RandomGenerator random;
  private final Meters meters;
  private volatile @Nullable Quiet quiet;

  /**
   * @param upstream the rule's name, for meters and the log
   */
  Patience(
      String upstream,
      InstantSource clock,
      Scheduler timer,
      RandomGenerator random,
      Meters meters) {
    this.upstream = upstream;
    this.clock = clock;
    this.timer = timer;
    this.random = random;
    this.meters = meters;
  }

  /** Tries when the registry is ready for it, and again while it is busy and there is time. */
  <T> Mono<T> with(Ask ask, Supplier<Mono<T>> attempt) {
    return Mono.defer(() -> new Course<>(ask, attempt).start(null, BUDGET, 1));
  }

  private @Nullable Quiet current() {
    Quiet known = quiet;
    return known != null && clock.instant().isBefore(known.until()) ? known : null;
  }

  private Quiet begin(RegistryException busy) {
    Instant now = clock.instant();
    Duration wait = busy.retryAfter().orElse(UNASKED);
    Duration shared = wait.compareTo(LONGEST_QUIET) > 0 ? LONGEST_QUIET : wait;
    boolean told = busy.retryAfter().isPresent();
    Quiet before = current();
    Quiet begun = new Quiet(now.plus(shared), now.plus(wait), told);
    if (busy.getCause() instanceof BusyElsewhereException) {
      // The registry itself takes requests: only this one waits.
      return begun;
    }
    if (before == null || before.until().isBefore(begun.until())) {
      quiet = begun;
    }
    if (before == null) {
      meters.quietBegun(upstream);
      log.warn("upstream asks for quiet upstream={} for={} told={}", upstream, shared, told);
    }
    return begun;
  }

  private final class Course<T> {

    private final Ask ask;
    private final Supplier<Mono<T>> attempt;

    Course(Ask ask, Supplier<Mono<T>> attempt) {
      this.ask = ask;
      this.attempt = attempt;
    }

    /**
     * @param kept the quiet that was waited for already
     */
    Mono<T> start(@Nullable Quiet kept, Duration left, int tries) {
      Quiet wanted = current();
      return wanted == null || wanted.equals(kept)
          ? attempted(left, tries)
          : after(wanted, left, tries, () -> refused(wanted));
    }

    private Mono<T> attempted(Duration left, int tries) {
      return Mono.defer(attempt)
          .onErrorResume(
              RegistryException.class,
              busy -> {
                if (busy.code() != ErrorCode.UPSTREAM_BUSY) {
                  return Mono.error(busy);
                }
                Quiet begun = begin(busy);
                return tries >= TRIES
                    ? Mono.error(busy)
                    : after(begun, left, tries + 1, () -> busy);
              });
    }

    private Mono<T> after(
        Quiet wanted, Duration left, int tries, Supplier<RegistryException> tooLong) {
      Duration wait = jittered(Duration.between(clock.instant(), wanted.asked()), wanted.told());
      return wait.compareTo(left) > 0
          ? Mono.error(tooLong)
          : Mono.delay(wait, timer).then(Mono.defer(() -> start(wanted, left.minus(wait), tries)));
    }

    private RegistryException refused(Quiet wanted) {
      return ask.failure(
          ErrorCode.UPSTREAM_BUSY,
          ask.route().registry(),
          "it answered 429 a moment ago and is given time",
          null,
          Duration.between(clock.instant(), wanted.asked()));
    }

    /** Never earlier than asked, and not all at once. */
    private Duration jittered(Duration wait, boolean told) {
      long spread = told ? 500 : 2000;
      return (wait.isNegative() ? Duration.ZERO : wait).plusMillis(random.nextLong(spread));
    }
  }

  /**
   * A time in which nothing is asked.
   *
   * @param until for all
   * @param asked until when upstream wanted it, or we guess so
   * @param told whether upstream said until when
   */
  private record Quiet(Instant until, Instant asked, boolean told) {}
}
