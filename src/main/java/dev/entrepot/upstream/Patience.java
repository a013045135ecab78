package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Waits when an upstream asks us to slow down, as long as clients wait for us. Passing the 429 on
 * would make every node ask upstream directly.
 */
final class Patience {

  private static final Duration BUDGET = Duration.ofSeconds(20);
  private static final Duration UNASKED = Duration.ofSeconds(4);
  private static final int TRIES_WHEN_TOLD = 4;
  private static final int TRIES_WHEN_GUESSING = 2;

  private final Scheduler timer;
  private final RandomGenerator random;

  Patience(Scheduler timer, RandomGenerator random) {
    this.timer = timer;
    this.random = random;
  }

  /** Tries again while upstream is busy and there is time. */
  <T> Mono<T> with(Supplier<Mono<T>> attempt) {
    return attempt(attempt, BUDGET, 1);
  }

  private <T> Mono<T> attempt(Supplier<Mono<T>> attempt, Duration left, int tries) {
    return Mono.defer(attempt)
        .onErrorResume(
            RegistryException.class,
            busy -> {
              if (busy.code() != ErrorCode.UPSTREAM_BUSY) {
                return Mono.error(busy);
              }
              boolean told = busy.retryAfter().isPresent();
              Duration wait = jittered(busy.retryAfter().orElse(UNASKED), told);
              boolean enough = tries >= (told ? TRIES_WHEN_TOLD : TRIES_WHEN_GUESSING);
              return enough || wait.compareTo(left) > 0
                  ? Mono.error(busy)
                  : Mono.delay(wait, timer)
                      .then(Mono.defer(() -> attempt(attempt, left.minus(wait), tries + 1)));
            });
  }

  /** Never earlier than asked, and not all at once. */
  private Duration jittered(Duration wait, boolean told) {
    long spread = told ? 500 : 2000;
    return wait.plusMillis(random.nextLong(spread));
  }
}
