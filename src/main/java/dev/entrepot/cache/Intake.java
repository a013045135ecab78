package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Takes a source's bytes off its event loop, no more at a time than the disk can follow. */
final class Intake extends BaseSubscriber<ByteBuf> implements Runnable {

  private final Hold hold;
  private final DiskThreads threads;
  private final int prefetch;
  // Never longer than what was requested.
  private final Queue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger work = new AtomicInteger();
  private volatile boolean isComplete;
  private volatile @Nullable Throwable failure;
  private boolean isOver;
  private long owed;

  Intake(Hold hold, DiskThreads threads, int prefetch) {
    this.hold = hold;
    this.threads = threads;
    this.prefetch = prefetch;
  }

  /** Where the bytes go; called on disk threads, one call at a time. */
  interface Hold {

    /** False if no more is wanted. The caller releases the bytes. */
    boolean take(ByteBuf bytes);

    /** Whether it is time to ask for more; if not, {@link Intake#goOn} is called when it is. */
    boolean wantsMore();

    /** No more has arrived for the moment; false if no more is wanted. */
    boolean pause();

    void end();

    void fail(Throwable cause);
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    // The first bytes are on their way to those who wait for them before more keep everybody busy.
    owed = prefetch - 1L;
    subscription.request(1);
  }

  @Override
  protected void hookOnNext(ByteBuf bytes) {
    queue.add(bytes);
    schedule();
  }

  @Override
  protected void hookOnComplete() {
    isComplete = true;
    schedule();
  }

  @Override
  protected void hookOnError(Throwable cause) {
    failure = cause;
    isComplete = true;
    schedule();
  }

  /** Takes no more and ends in this failure. */
  void abort(Throwable cause) {
    cancel();
    hookOnError(cause);
  }

  @Override
  public void run() {
    int seen = work.get();
    while (true) {
      if (turn()) {
        threads.write(this);
        return;
      }
      seen = work.addAndGet(-seen);
      if (seen == 0) {
        return;
      }
    }
  }

  /** True if there is more to do, but it is somebody else's turn. */
  private boolean turn() {
    boolean ends = isComplete;
    try {
      if (takeSome()) {
        return true;
      }
      askForMore();
      if (!isOver) {
        rest(ends);
      }
    } catch (RuntimeException e) {
      giveUp(e);
    }
    return false;
  }

  private void giveUp(Throwable cause) {
    cancel();
    if (!isOver) {
      isOver = true;
      hold.fail(cause);
    }
  }

  /** Looks again whether more is wanted. */
  void goOn() {
    schedule();
  }

  private void askForMore() {
    if (owed > 0 && !isOver && hold.wantsMore()) {
      long count = owed;
      owed = 0;
      request(count);
    }
  }

  private void schedule() {
    if (work.getAndIncrement() == 0) {
      threads.write(this);
    }
  }

  /** True if there may be more, but it is somebody else's turn. */
  private boolean takeSome() {
    int half = Math.max(1, prefetch / 2);
    for (int turn = 0; turn < 2; turn++) {
      int taken = 0;
      for (ByteBuf bytes; taken < half && (bytes = queue.poll()) != null; taken++) {
        take(bytes);
      }
      owed += taken;
      askForMore();
      if (taken < half) {
        return false;
      }
    }
    return true;
  }

  private void take(ByteBuf bytes) {
    try {
      if (!isOver && !hold.take(bytes)) {
        isOver = true;
        cancel();
      }
    } catch (RuntimeException e) {
      giveUp(e);
    } finally {
      bytes.release();
    }
  }

  private void rest(boolean ends) {
    if (!ends) {
      if (!hold.pause()) {
        isOver = true;
        cancel();
      }
      return;
    }
    Throwable cause = failure;
    if (cause == null) {
      hold.end();
    } else {
      hold.fail(cause);
    }
    isOver = true;
  }
}
