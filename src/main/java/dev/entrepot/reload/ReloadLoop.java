package dev.entrepot.reload;

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
public final class ReloadLoop implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ReloadLoop.class);

  private final String subject;
  private final Supplier<ReloadOutcome> look;
  private final Consumer<ReloadOutcome> listener;
  private @Nullable ScheduledExecutorService timer;
  private String reported = "";

  /**
   * Makes a loop; {@link #start} starts it.
   *
   * @param subject what the files are, for the log
   * @param look looks at them once; what it throws counts as a problem with them
   * @param listener is told of every change and every new problem
   */
  public ReloadLoop(
      String subject, Supplier<ReloadOutcome> look, Consumer<ReloadOutcome> listener) {
    this.subject = subject;
    this.look = look;
    this.listener = listener;
  }

  /** Looks once, now. */
  public synchronized ReloadOutcome scan() {
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

  /** Starts to look at an interval, on a thread of its own. */
  public synchronized void start(Duration interval) {
    if (timer == null) {
      timer =
          Executors.newSingleThreadScheduledExecutor(
              Thread.ofPlatform().daemon().name("entrepot-reload").factory());
      var _ =
          timer.scheduleWithFixedDelay(
              this::scanAndCarryOn, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Stops looking. */
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
        log.info("{} taken up anew", subject);
        listener.accept(outcome);
      }
      case ReloadOutcome.Kept(String problem) -> {
        if (!problem.equals(reported)) {
          reported = problem;
          log.warn("{} not taken up, the last good one stays problem=\"{}\"", subject, problem);
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
