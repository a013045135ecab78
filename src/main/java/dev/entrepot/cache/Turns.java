package dev.entrepot.cache;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * What several threads are to do next. Those who have had nothing yet and those who go on take
 * turns, each in the order they came: a crowd that always wants more keeps nobody waiting who
 * begins, and the other way round.
 */
final class Turns implements Runnable {

  private final Queue<Runnable> beginning = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> goingOn = new ConcurrentLinkedQueue<>();
  private boolean isTurnOfBeginning;

  /** One more, for somebody who has nothing yet; to be followed by one {@link #run}. */
  void begin(Runnable task) {
    beginning.add(task);
  }

  /** One more, for somebody who has had something; to be followed by one {@link #run}. */
  void goOn(Runnable task) {
    goingOn.add(task);
  }

  /** Takes one back; false if it was, or is being, done. */
  synchronized boolean remove(Runnable task) {
    return beginning.remove(task) || goingOn.remove(task);
  }

  /** Does whatever is next. */
  @Override
  public void run() {
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
}
