package dev.entrepot.cache;

import dev.entrepot.oci.RegistryException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** How much of a file may be read, and who waits for more. */
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

  /** Moves on and wakes who waits. */
  void become(State next) {
    state = next;
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
    if (now instanceof State.Arriving) {
      await(now, () -> tellTheEnd(sink));
    } else {
      sink.success(now);
    }
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

    /** Bytes from the start that may be read. */
    long readable();

    /** More is to come. */
    record Arriving(long readable) implements State {}

    /** That is all, and it is what the digest says. */
    record Whole(long readable) implements State {}

    /** No more will come. */
    record Broken(long readable, RegistryException cause) implements State {}

    /** The disk takes no more, but the source has it. */
    record Frozen(long readable, Hashed hashed) implements State {}
  }
}
