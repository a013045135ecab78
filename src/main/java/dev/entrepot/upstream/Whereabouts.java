package dev.entrepot.upstream;

import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** On whom an attempt waits, so that nobody is judged by the silence of another. */
final class Whereabouts {

  private volatile Place place = Place.ENDPOINT;

  Place place() {
    return place;
  }

  /** The attempt, which tells where it is. */
  <T> Mono<T> of(Mono<T> attempt) {
    return attempt.contextWrite(Context.of(Whereabouts.class, this));
  }

  /** The same, but the attempt around it is at this place from then on. */
  static <T> Mono<T> at(Place place, Supplier<Mono<T>> then) {
    return Mono.deferContextual(
        context -> {
          context.<Whereabouts>getOrEmpty(Whereabouts.class).ifPresent(one -> one.place = place);
          return then.get();
        });
  }

  /** Who is waited for. */
  enum Place {
    /** Whoever gives us the credential. */
    CREDENTIAL,
    ENDPOINT,
    /** A host that the endpoint redirected to. */
    ELSEWHERE
  }
}
