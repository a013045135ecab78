package dev.entrepot.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, because a test may not sleep for a guessed time. */
public final class Await {

  /**
   * How long any test waits for anything before it fails: longer than Entrepot keeps a client
   * waiting before it tells it why.
   */
  public static final Duration DEADLINE = Duration.ofSeconds(40);

  private static final Duration PAUSE = Duration.ofMillis(2);

  private Await() {}

  /** Returns as soon as the condition holds; fails naming {@code what} at the deadline. */
  public static void until(String what, BooleanSupplier condition) {
    until(what, DEADLINE, condition);
  }

  /** The same with a deadline for slow programs. */
  public static void until(String what, Duration deadline, BooleanSupplier condition) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited " + deadline + " for " + what + " but it did not happen");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
