package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * A part of a file that may still be growing. Reads one piece for each one that is asked for, never
 * ahead: a slow reader costs no memory. Ends in a {@link FileEndedException} where the file does
 * but the content does not.
 */
final class FileRead<T extends ReferenceCounted> extends Flux<T> {

  /** Pieces one reader may take before others get their turn. */
  private static final int TURN = 4;

  private final Progress progress;
  private final Access access;
  private final DiskThreads threads;
  private final BufferShare share;
  private final PieceReader<T> pieces;
  private final long from;
  private final long to;

  FileRead(
      Progress progress,
      Access access,
      DiskThreads threads,
      BufferShare share,
      PieceReader<T> pieces,
      long from,
      long to) {
    this.progress = progress;
    this.access = access;
    this.threads = threads;
    this.share = share;
    this.pieces = pieces;
    this.from = from;
    this.to = to;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    Reading reading = new Reading(actual);
    access.came(reading);
    actual.onSubscribe(reading);
    reading.schedule();
  }

  /** How the file is opened; called on a thread that may block. */
  interface Access {

    OpenFile open() throws IOException;

    void release(OpenFile file);

    /** A reader has come, and will leave. */
    default void came(Cursor reader) {}

    /** This reader cannot go on yet. */
    default void waits(Cursor reader) {}

    default void left(Cursor reader) {}
  }

  /** Where a reader is. */
  interface Cursor {

    /** The next byte it reads. */
    long position();

    /** Where it stops; {@link Long#MAX_VALUE}: at the end. */
    long to();
  }

  /** One reader. Whoever raises {@code work} from zero puts it on a disk thread. */
  private final class Reading implements Subscription, Runnable, Cursor {

    private final CoreSubscriber<? super T> actual;
    private final BufferShare.Portion portion = share.portion();
    private final AtomicLong requested = new AtomicLong();
    // Who has asked for so many pieces at first asks for one more when one has left.
    private final AtomicLong window = new AtomicLong();
    private final AtomicInteger work = new AtomicInteger();
    private final Runnable wake = this::schedule;
    private volatile boolean cancelled;
    private @Nullable OpenFile file;
    private boolean isOver;
    private volatile long position = from;

    Reading(CoreSubscriber<? super T> actual) {
      this.actual = actual;
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public long to() {
      return to;
    }

    @Override
    public void request(long n) {
      if (Operators.validate(n)) {
        window.compareAndSet(0, n);
        requested.accumulateAndGet(n, Operators::addCap);
        schedule();
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      schedule();
    }

    void schedule() {
      if (work.getAndIncrement() > 0) {
        return;
      }
      if (isAboutToBegin() && DiskThreads.isCurrent()) {
        run();
      } else {
        queueUp();
      }
    }

    private void queueUp() {
      if (hasNothing()) {
        threads.read(this);
      } else {
        threads.readOn(this);
      }
    }

    /** Whether its first piece is there, which need not wait for another thread to wake up. */
    private boolean isAboutToBegin() {
      return hasNothing() && requested.get() > 0 && endFor(progress.state()) > position;
    }

    private boolean hasNothing() {
      return position == from;
    }

    private long endFor(Progress.State state) {
      return Math.min(to, state.readableFrom(position, to == Long.MAX_VALUE));
    }

    @Override
    public void run() {
      int seen = work.get();
      while (true) {
        switch (turn()) {
          case ENDED -> {
            // The work left over keeps everybody from scheduling this again.
            progress.forget(wake);
            return;
          }
          case UNFINISHED -> {
            queueUp();
            return;
          }
          case WAITING -> {
            seen = work.addAndGet(-seen);
            if (seen == 0) {
              return;
            }
          }
        }
      }
    }

    private Turn turn() {
      try {
        return readSome();
      } catch (IOException e) {
        return failed(new FileEndedException(position, null, e));
      } catch (RuntimeException e) {
        return failed(e);
      }
    }

    private Turn readSome() throws IOException {
      portion.keep(window.get() - requested.get());
      for (int i = 0; i < TURN; i++) {
        Progress.State state = progress.state();
        long end = endFor(state);
        if (cancelled) {
          return ended();
        }
        if (position >= to || (position >= end && state instanceof Progress.State.Whole)) {
          ended();
          actual.onComplete();
          return Turn.ENDED;
        }
        if (position >= end) {
          return atTheEndOf(state);
        }
        if (requested.get() == 0) {
          return Turn.WAITING;
        }
        emit(read(end - position));
      }
      return Turn.UNFINISHED;
    }

    private Turn atTheEndOf(Progress.State state) {
      return switch (state) {
        case Progress.State.Arriving _, Progress.State.Filling _, Progress.State.Whole _ -> {
          progress.await(state, wake);
          access.waits(this);
          yield Turn.WAITING;
        }
        case Progress.State.Broken broken -> failed(broken.cause());
        case Progress.State.Frozen frozen ->
            failed(new FileEndedException(position, frozen.hashed(), null));
      };
    }

    private T read(long most) throws IOException {
      OpenFile opened = file;
      if (opened == null) {
        opened = access.open();
        file = opened;
      }
      return pieces.read(opened, position, most, portion);
    }

    private void emit(T piece) {
      long next = position + Content.length(piece);
      position = next;
      if (requested.get() != Long.MAX_VALUE) {
        requested.decrementAndGet();
        portion.add(piece instanceof ByteBuf buffer ? buffer.readableBytes() : 0);
      }
      actual.onNext(piece);
    }

    private Turn failed(Throwable cause) {
      if (isOver) {
        Operators.onErrorDropped(cause, actual.currentContext());
        return Turn.ENDED;
      }
      ended();
      actual.onError(cause);
      return Turn.ENDED;
    }

    private Turn ended() {
      isOver = true;
      portion.end();
      access.left(this);
      OpenFile opened = file;
      if (opened != null) {
        file = null;
        access.release(opened);
      }
      return Turn.ENDED;
    }
  }

  private enum Turn {
    ENDED,
    UNFINISHED,
    WAITING
  }
}
