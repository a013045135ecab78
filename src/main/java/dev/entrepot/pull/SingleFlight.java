package dev.entrepot.pull;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Lets the first of several equal requests do the work and all of them have its result. The work
 * belongs to none of them: it goes on when a caller leaves.
 */
final class SingleFlight<K, V> {

  private final ConcurrentHashMap<K, Mono<V>> underWay = new ConcurrentHashMap<>();

  /** The result of {@code work}, or of the equal work that is under way. */
  Mono<V> join(K key, Supplier<Mono<V>> work) {
    return join(key, work, UnaryOperator.identity());
  }

  /** Sees to it that the work is under way, for nobody in particular. */
  void begin(K key, Supplier<Mono<V>> work) {
    join(key, work).onErrorComplete().subscribe();
  }

  /**
   * The result of {@code work}, or that of the equal work that is under way as {@code shared} makes
   * it.
   */
  Mono<V> join(K key, Supplier<Mono<V>> work, UnaryOperator<V> shared) {
    return Mono.defer(
        () -> {
          Sinks.One<V> result = Sinks.one();
          Mono<V> earlier = underWay.putIfAbsent(key, result.asMono());
          if (earlier != null) {
            return earlier.map(shared);
          }
          // Who has the result may ask again at once, and then means a new one.
          Mono.defer(work)
              .doOnTerminate(() -> underWay.remove(key))
              .subscribe(result::tryEmitValue, result::tryEmitError, result::tryEmitEmpty);
          return result.asMono();
        });
  }
}
