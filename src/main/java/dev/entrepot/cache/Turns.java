package dev.entrepot.cache;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What several threads are to do next. Those who wait for their first piece and those who go on
 * take turns, each in the order they came: a crowd that always wants more keeps nobody waiting who
 * has nothing yet, and the other way round.
 */
final class Turns implements Runnable {

  private final Queue<Runnable> beginning = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> goingOn = new ConcurrentLinkedQueue<>();
  private final AtomicInteger turn = new AtomicInteger();

  /** One more, for somebody who has nothing yet; to be followed by one {@link #run}. */
  void begin(Runnable task) {
    beginning.add(task);
  }

  /** One more, for somebody who has had something; to be followed by one {@link #run}. */
  void goOn(Runnable task) {
    goingOn.add(task);
  }

  /** Takes one back; false if it was, or is being, done. */
  boolean remove(Runnable task) {
    return beginning.remove(task) || goingOn.remove(task);
  }

  /** Does whatever is next. */
  @Override
  public void run() {
    boolean isTurnOfBeginning = turn.getAndIncrement() % 2 == 0;
    Runnable next = (isTurnOfBeginning ? beginning : goingOn).poll();
    if (next == null) {
      next = (isTurnOfBeginning ? goingOn : beginning).poll();
    }
    if (next != null) {
      next.run();
    }
  }
}
