package dev.entrepot.cache;

import dev.entrepot.oci.RegistryException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** What of a file may be read, and who waits for more. */
final class Progress {

  private volatile State state;
  private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();

  Progress(State state) {
    this.state = state;
  }

  /** All of a file may be read. */
  static Progress whole(long length) {
    return new Progress(new State.Whole(length));
  }

  State state() {
    return state;
  }

  /** Moves on and wakes who waits; news of the way that come after its end are none. */
  void become(State next) {
    synchronized (this) {
      if (isOnTheWay(next) && !isOnTheWay(state)) {
        return;
      }
      state = next;
    }
    for (Runnable wake : waiting) {
      wakeOnce(wake);
    }
  }

  /** Wakes once as soon as the state is not {@code seen}, which may be at once. */
  @SuppressWarnings("ReferenceEquality") // an equal state that came later is news all the same
  void await(State seen, Runnable wake) {
    waiting.add(wake);
    if (state != seen) {
      wakeOnce(wake);
    }
  }

  /** The state that nothing follows. */
  Mono<State> ended() {
    return Mono.create(this::tellTheEnd);
  }

  private void tellTheEnd(MonoSink<State> sink) {
    State now = state;
    if (isOnTheWay(now)) {
      await(now, () -> tellTheEnd(sink));
    } else {
      sink.success(now);
    }
  }

  private static boolean isOnTheWay(State state) {
    return state instanceof State.Arriving || state instanceof State.Filling;
  }

  void forget(Runnable wake) {
    waiting.remove(wake);
  }

  private void wakeOnce(Runnable wake) {
    if (waiting.remove(wake)) {
      wake.run();
    }
  }

  /** One of what can be said of a file. */
  sealed interface State {

    /**
     * Up to where a reader at this position may read; the position itself if it has to wait.
     *
     * @param toTheEnd whether it reads on to the end, whose last bytes are withheld until the
     *     digest holds; others put together what they read themselves
     */
    long readableFrom(long position, boolean toTheEnd);

    /** More is to come, one byte after the other. */
    record Arriving(long readable) implements State {
      @Override
      public long readableFrom(long position, boolean toTheEnd) {
        return Math.max(position, readable);
      }
    }

    /**
     * More is to come, anywhere.
     *
     * @param forAll where the bytes begin that nobody may have yet
     * @param toTheEnd the same for readers to the end
     */
    record Filling(Extents filled, long forAll, long toTheEnd) implements State {
      @Override
      public long readableFrom(long position, boolean toTheEnd) {
        long limit = toTheEnd ? this.toTheEnd : forAll;
        return Math.max(position, Math.min(limit, filled.endFrom(position)));
      }
    }

    /** That is all, and it is what the digest says. */
    record Whole(long readable) implements State {
      @Override
      public long readableFrom(long position, boolean toTheEnd) {
        return Math.max(position, readable);
      }
    }

    /** No more will come than there was. */
    record Broken(State before, RegistryException cause) implements State {
      @Override
      public long readableFrom(long position, boolean toTheEnd) {
        return before.readableFrom(position, toTheEnd);
      }
    }

    /** The disk takes no more, but the source has it. */
    record Frozen(State before, Hashed hashed) implements State {
      @Override
      public long readableFrom(long position, boolean toTheEnd) {
        return before.readableFrom(position, toTheEnd);
      }
    }
  }
}
