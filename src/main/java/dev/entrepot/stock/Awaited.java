package dev.entrepot.stock;

import java.util.concurrent.CompletionException;
import reactor.core.publisher.Mono;

/** For callers that have a thread of their own to wait on: never an event loop. */
public final class Awaited {

  private Awaited() {}

  /** The result, which there must be; fails as the Mono does. */
  public static <T> T of(Mono<T> mono) {
    try {
      return mono.switchIfEmpty(Mono.error(() -> new IllegalStateException("nothing came")))
          .toFuture()
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new StockException(String.valueOf(e.getCause()));
    }
  }
}
