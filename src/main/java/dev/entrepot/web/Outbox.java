package dev.entrepot.web;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one event loop has to write for answers that have begun. It writes a few pieces, then looks
 * at its connections: a crowd of readers always wants more, and whoever comes next is to be heard
 * and answered all the same.
 */
final class Outbox implements Executor {

  /** Pieces that are written before the event loop looks at its connections. */
  static final int TURN = 8;

  private final EventLoop loop;
  private final Queue<Runnable> pieces = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  Outbox(EventLoop loop) {
    this.loop = loop;
  }

  /** Has the event loop write one piece, after those that came before. */
  @Override
  public void execute(Runnable piece) {
    pieces.add(piece);
    if (waiting.getAndIncrement() == 0) {
      loop.execute(this::write);
    }
  }

  private void write() {
    int written = 0;
    Runnable piece;
    try {
      while (written < TURN && (piece = pieces.poll()) != null) {
        written++;
        piece.run();
      }
    } finally {
      if (waiting.addAndGet(-written) > 0) {
        goOnAfterALook();
      }
    }
  }

  private void goOnAfterALook() {
    if (loop instanceof SingleThreadEventLoop looking) {
      looking.executeAfterEventLoopIteration(() -> loop.execute(this::write));
    } else {
      loop.execute(this::write);
    }
  }
}
