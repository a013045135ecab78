package dev.entrepot.cache;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/** What is done in the background while the cache is open. */
final class Upkeep {

  private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
  private static final Duration AFTER_START = Duration.ofSeconds(1);
  private static final Duration AFTER_TROUBLE = Duration.ofMinutes(1);
  private static final Duration BETWEEN_SWEEPS = Duration.ofHours(1);
  private static final Duration BETWEEN_INDEXES = Duration.ofMinutes(5);

  private final Disposable.Swap scrubbing = Disposables.swap();
  private final Disposable.Composite timers = Disposables.composite(scrubbing);
  private final Scheduler timer;
  private final DiskThreads threads;

  Upkeep(Scheduler timer, DiskThreads threads) {
    this.timer = timer;
    this.threads = threads;
  }

  void start(Sweep sweep, Scrub scrub, Duration scrubPeriod, IndexFile file, BlobIndex index) {
    later(AFTER_START, BETWEEN_SWEEPS, sweep::run);
    later(BETWEEN_INDEXES, BETWEEN_INDEXES, () -> write(file, index));
    if (scrubPeriod.isPositive()) {
      next(AFTER_START, scrub);
    }
  }

  /** Nothing new is begun. */
  void stop() {
    timers.dispose();
  }

  private void later(Duration first, Duration period, Runnable work) {
    timers.add(
        timer.schedulePeriodically(
            () -> hand(work), first.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS));
  }

  private void next(Duration pause, Scrub scrub) {
    scrubbing.update(
        timer.schedule(() -> hand(() -> step(scrub)), pause.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** From the timer to a thread that may block. */
  private void hand(Runnable work) {
    if (!timers.isDisposed()) {
      threads.upkeep().schedule(() -> attempt(work));
    }
  }

  private void step(Scrub scrub) {
    if (timers.isDisposed()) {
      scrub.stop();
    } else {
      Duration pause = AFTER_TROUBLE;
      try {
        pause = scrub.step();
      } finally {
        next(pause, scrub);
      }
    }
  }

  private void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      log.error("upkeep failed", e);
    }
  }

  private static void write(IndexFile file, BlobIndex index) {
    try {
      file.write(index.entries(), false);
    } catch (IOException e) {
      log.debug("INDEX not written reason={}", e.toString());
    }
  }
}
