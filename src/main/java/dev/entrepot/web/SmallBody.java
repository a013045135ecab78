package dev.entrepot.web;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** All of a small body in one buffer, which whoever subscribes releases. */
final class SmallBody extends Mono<ByteBuf> {

  private final Flux<ByteBuf> pieces;

  SmallBody(Flux<ByteBuf> pieces) {
    this.pieces = pieces;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
    pieces.subscribe(new Collecting(actual));
  }

  /** Cancelled by one thread while another brings a piece: what it holds is guarded by itself. */
  private static final class Collecting implements CoreSubscriber<ByteBuf>, Subscription {

    private final CoreSubscriber<? super ByteBuf> actual;
    private final List<ByteBuf> held = new ArrayList<>(1);
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
      actual.onNext(whole);
      actual.onComplete();
    }

    @Override
    public void onError(Throwable error) {
      if (letGo()) {
        actual.onError(error);
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
