package dev.entrepot.cache;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The threads that may touch files. Reading and writing have their own, so that a slow write or
 * fsync delays no reader.
 */
final class DiskThreads implements AutoCloseable {

  private static final Duration LAST_WORK = Duration.ofSeconds(10);

  /** How many read at once. */
  static final int WIDTH = Math.clamp(2L * Runtime.getRuntime().availableProcessors(), 4, 16);

  private final ThreadPoolExecutor readers = pool("cache-read", WIDTH);
  private final ThreadPoolExecutor writers = pool("cache-write", WIDTH);
  // Long work that no pull waits for.
  private final ThreadPoolExecutor caretakers = pool("cache-upkeep", 2);
  private final Turns reads = new Turns(readers);
  // Reactor interrupts the tasks of an ExecutorService when it cancels them, and an interrupt
  // closes the channel that others are reading: it only gets to see a plain Executor.
  private final Scheduler reading = Schedulers.fromExecutor(reads::begin);
  private final Scheduler writing = Schedulers.fromExecutor(plain(writers));
  private final Scheduler upkeep = Schedulers.fromExecutor(plain(caretakers));

  /** Whether the current thread is one of them. */
  static boolean isCurrent() {
    return Thread.currentThread() instanceof DiskThread;
  }

  /** Runs soon on a reading thread; on this one when closed. */
  void read(Runnable task) {
    try {
      reads.begin(task);
    } catch (RejectedExecutionException _) {
      task.run();
    }
  }

  /** The same for whoever has had a turn: those who have not are not kept waiting. */
  void readOn(Runnable task) {
    try {
      reads.goOn(task);
    } catch (RejectedExecutionException _) {
      task.run();
    }
  }

  /** Runs soon on a writing thread; on this one when closed. */
  void write(Runnable task) {
    try {
      writers.execute(task);
    } catch (RejectedExecutionException _) {
      task.run();
    }
  }

  /** The reading threads, for what comes in several pieces. */
  Scheduler readers() {
    return reading;
  }

  <T> Mono<T> reading(Callable<? extends T> task) {
    return Mono.<T>fromCallable(task).subscribeOn(reading);
  }

  <T> Mono<T> writing(Callable<? extends T> task) {
    return Mono.<T>fromCallable(task).subscribeOn(writing);
  }

  /** For long work that no pull waits for. */
  Scheduler upkeep() {
    return upkeep;
  }

  /** Whether long work is to end. */
  boolean isClosed() {
    return caretakers.isShutdown();
  }

  /** Whether pulls wait for a thread. */
  boolean areBusy() {
    return !readers.getQueue().isEmpty() || !writers.getQueue().isEmpty();
  }

  @Override
  public void close() {
    caretakers.shutdown();
    readers.shutdown();
    writers.shutdown();
    try {
      writers.awaitTermination(LAST_WORK.toMillis(), TimeUnit.MILLISECONDS);
      caretakers.awaitTermination(LAST_WORK.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nothing but an {@link Executor}, whatever else the pool is. */
  private static Executor plain(ThreadPoolExecutor pool) {
    return task -> pool.execute(task);
  }

  private static ThreadPoolExecutor pool(String name, int size) {
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            size,
            size,
            30,
            TimeUnit.SECONDS,
            // Every flight and every reader queues at most once.
            new LinkedBlockingQueue<>(),
            task -> new DiskThread(task, name + count.incrementAndGet()));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static final class DiskThread extends Thread {

    DiskThread(Runnable work, String name) {
      super(work, name);
      setDaemon(true);
    }
  }
}
