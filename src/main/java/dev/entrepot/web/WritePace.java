package dev.entrepot.web;

import io.netty.buffer.ByteBuf;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * A body whose pieces are made only as fast as the client takes them.
 *
 * <p>reactor-netty asks a body for 128 pieces at once and then for one more whenever a piece has
 * left for the socket. With large pieces that is dozens of MiB for every slow reader. Here the
 * first demand is cut down to a window, so that no more than that many pieces ever wait in one
 * connection.
 */
final class WritePace extends Flux<ByteBuf> {

  /** One piece on its way to the socket, one being read meanwhile. */
  private static final int WINDOW = 2;

  private final Publisher<ByteBuf> body;

  WritePace(Publisher<ByteBuf> body) {
    this.body = body;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> connection) {
    body.subscribe(new Paced(connection));
  }

  private static final class Paced implements Subscriber<ByteBuf>, Subscription {

    private final CoreSubscriber<? super ByteBuf> connection;
    private @org.jspecify.annotations.Nullable Subscription source;
    private boolean begun;

    Paced(CoreSubscriber<? super ByteBuf> connection) {
      this.connection = connection;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      source = subscription;
      connection.onSubscribe(this);
    }

    @Override
    public void onNext(ByteBuf piece) {
      connection.onNext(piece);
    }

    @Override
    public void onError(Throwable error) {
      connection.onError(error);
    }

    @Override
    public void onComplete() {
      connection.onComplete();
    }

    @Override
    public void request(long written) {
      Subscription subscription = source;
      if (subscription == null) {
        return;
      }
      // reactor-netty's later demands say how many pieces have been written.
      subscription.request(begun ? written : Math.min(WINDOW, written));
      begun = true;
    }

    @Override
    public void cancel() {
      Subscription subscription = source;
      if (subscription != null) {
        subscription.cancel();
      }
    }
  }
}
