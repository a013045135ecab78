package dev.entrepot.testing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/**
 * Something a test opens once: until then whoever arrives waits, and the test can see who arrived.
 */
public final class Gate {

  private final CompletableFuture<Void> opening = new CompletableFuture<>();
  private final AtomicInteger arrivals = new AtomicInteger();

  /** Lets everyone pass, now and later. */
  public void open() {
    opening.complete(null);
  }

  /** How many have come to the gate so far, let through or not. */
  public int arrivals() {
    return arrivals.get();
  }

  /** Blocks the test until so many have come to the gate. */
  public void awaitArrivals(int count) {
    Await.until(count + " arrivals at the gate", () -> arrivals.get() >= count);
  }

  /** Completes when the gate is open; subscribing counts as an arrival. */
  public Mono<Void> opened() {
    return Mono.defer(
        () -> {
          arrivals.incrementAndGet();
          return Mono.fromFuture(opening, true);
        });
  }

  /** Blocks the calling thread until the gate is open. */
  public void await() {
    arrivals.incrementAndGet();
    try {
      opening.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the gate", stopped);
    } catch (ExecutionException | TimeoutException closed) {
      throw new AssertionError("waited " + Await.DEADLINE + " but nobody opened the gate", closed);
    }
  }
}
