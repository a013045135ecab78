package dev.entrepot.web;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/** All of a small body in one buffer, which whoever subscribes releases; or an error in time. */
final class SmallBody extends Mono<ByteBuf> {

  private final Flux<ByteBuf> pieces;
  private final Duration limit;
  private final Supplier<? extends Throwable> late;

  /**
   * @param limit how long it may take
   * @param late what it ends in if it takes longer
   */
  SmallBody(Flux<ByteBuf> pieces, Duration limit, Supplier<? extends Throwable> late) {
    this.pieces = pieces;
    this.limit = limit;
    this.late = late;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
    Collecting collecting = new Collecting(actual);
    // Not Reactor's timeout, which drops the buffer that comes at the same moment.
    collecting.alarm.replace(
        Schedulers.parallel()
            .schedule(() -> collecting.isLate(late), limit.toMillis(), TimeUnit.MILLISECONDS));
    pieces.subscribe(collecting);
  }

  /** Cancelled by one thread while another brings a piece: what it holds is guarded by itself. */
  private static final class Collecting implements CoreSubscriber<ByteBuf>, Subscription {

    private final CoreSubscriber<? super ByteBuf> actual;
    private final List<ByteBuf> held = new ArrayList<>(1);
    private final Disposable.Swap alarm = Disposables.swap();
    private volatile Subscription source = Operators.emptySubscription();
    private boolean over;

    Collecting(CoreSubscriber<? super ByteBuf> actual) {
      this.actual = actual;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      source = subscription;
      actual.onSubscribe(this);
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuf piece) {
      synchronized (held) {
        if (!over) {
          held.add(piece);
          return;
        }
      }
      piece.release();
    }

    @Override
    public void onComplete() {
      ByteBuf whole;
      synchronized (held) {
        if (over) {
          return;
        }
        over = true;
        whole =
            held.size() == 1
                ? held.getFirst()
                : Unpooled.wrappedBuffer(held.toArray(ByteBuf[]::new));
      }
      alarm.dispose();
      actual.onNext(whole);
      actual.onComplete();
    }

    @Override
    public void onError(Throwable error) {
      if (letGo()) {
        actual.onError(error);
      }
    }

    private void isLate(Supplier<? extends Throwable> late) {
      if (letGo()) {
        source.cancel();
        actual.onError(late.get());
      }
    }

    @Override
    public void request(long count) {
      // There is one element, and whoever subscribes wants it.
    }

    @Override
    public void cancel() {
      source.cancel();
      letGo();
    }

    private boolean letGo() {
      alarm.dispose();
      synchronized (held) {
        if (over) {
          return false;
        }
        over = true;
        held.forEach(ByteBuf::release);
        return true;
      }
    }
  }
}
