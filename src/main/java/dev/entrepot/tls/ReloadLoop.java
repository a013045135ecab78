package dev.entrepot.tls;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at files again and again, and reports each change and each distinct problem once. */
final class ReloadLoop implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ReloadLoop.class);

  private final String subject;
  private final Supplier<ReloadOutcome> look;
  private final Consumer<ReloadOutcome> listener;
  private @Nullable ScheduledExecutorService timer;
  private String reported = "";

  ReloadLoop(String subject, Supplier<ReloadOutcome> look, Consumer<ReloadOutcome> listener) {
    this.subject = subject;
    this.look = look;
    this.listener = listener;
  }

  synchronized ReloadOutcome scan() {
    ReloadOutcome outcome;
    try {
      outcome = look.get();
    } catch (RuntimeException problem) {
      String message = problem.getMessage();
      outcome = new ReloadOutcome.Kept(message == null ? problem.toString() : message);
    }
    report(outcome);
    return outcome;
  }

  synchronized void start(Duration interval) {
    if (timer == null) {
      timer =
          Executors.newSingleThreadScheduledExecutor(
              Thread.ofPlatform().daemon().name("entrepot-tls-reload").factory());
      var _ =
          timer.scheduleWithFixedDelay(
              this::scanAndCarryOn, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public synchronized void close() {
    if (timer != null) {
      timer.shutdown();
      timer = null;
    }
  }

  private void report(ReloadOutcome outcome) {
    switch (outcome) {
      case ReloadOutcome.Unchanged _ -> reported = "";
      case ReloadOutcome.Replaced _ -> {
        reported = "";
        log.info("certificate files taken up subject={}", subject);
        listener.accept(outcome);
      }
      case ReloadOutcome.Kept(String problem) -> {
        if (!problem.equals(reported)) {
          reported = problem;
          log.warn("certificate files not taken up subject={} problem={}", subject, problem);
          listener.accept(outcome);
        }
      }
    }
  }

  /** A timer drops a task that throws, and with it every later reload. */
  private void scanAndCarryOn() {
    try {
      scan();
    } catch (RuntimeException listenerFailure) {
      log.warn("reload listener failed subject={}", subject, listenerFailure);
    }
  }
}
