package dev.entrepot.cache;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What several threads are to do next. Those who have had nothing yet and those who go on take
 * turns, each in the order they came: a crowd that always wants more keeps nobody waiting who
 * begins, and the other way round.
 */
final class Turns {

  private final Executor threads;
  private final Queue<Runnable> beginning = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> goingOn = new ConcurrentLinkedQueue<>();
  private boolean isTurnOfBeginning;

  /**
   * @param threads which do it
   */
  Turns(Executor threads) {
    this.threads = threads;
  }

  /** Does this for somebody who has had nothing yet; refused if the threads refuse it. */
  void begin(Runnable task) {
    queueUp(beginning, task);
  }

  /** Does this for somebody who has had something; refused if the threads refuse it. */
  void goOn(Runnable task) {
    queueUp(goingOn, task);
  }

  private void queueUp(Queue<Runnable> queue, Runnable task) {
    queue.add(task);
    try {
      threads.execute(this::doNext);
    } catch (RejectedExecutionException e) {
      if (remove(queue, task)) {
        throw e;
      }
      // Another one has done it, whose own is left for this one.
      doNext();
    }
  }

  private void doNext() {
    Runnable next = next();
    if (next != null) {
      next.run();
    }
  }

  /**
   * One at a time: between two looks another could take what this one is owed, and leave behind
   * what came meanwhile.
   */
  private synchronized @Nullable Runnable next() {
    isTurnOfBeginning = !isTurnOfBeginning;
    Runnable next = (isTurnOfBeginning ? beginning : goingOn).poll();
    return next != null ? next : (isTurnOfBeginning ? goingOn : beginning).poll();
  }

  private synchronized boolean remove(Queue<Runnable> queue, Runnable task) {
    return queue.remove(task);
  }
}
