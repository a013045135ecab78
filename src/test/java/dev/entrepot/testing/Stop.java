package dev.entrepot.testing;

import java.time.Duration;

/** What happens to an answer when it has sent exactly {@code at} bytes of its body. */
public record Stop(long at, Action action) {

  /** The position before the status line. */
  public static final long BEFORE_HEAD = -1;

  /** What happens. */
  public sealed interface Action {

    /** Waits, with everything before it flushed. */
    record Wait(Gate gate) implements Action {}

    /** Closes the connection in an orderly way. */
    record Fin() implements Action {}

    /** Resets the connection once the peer's kernel has everything sent so far. */
    record Rst() implements Action {}

    /** Sends nothing for so long, with everything before it flushed. */
    record Pause(Duration length) implements Action {}

    /** Sends nothing more and keeps the connection open. */
    record Hang() implements Action {}
  }
}
