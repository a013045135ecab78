package dev.entrepot.web;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Writes a body to a connection, asking for the next piece only when an earlier one has left for
 * the socket.
 *
 * <p>reactor-netty's own {@code send} asks for 128 pieces at once and refills by 64: with large
 * pieces that is dozens of MiB for every slow reader, whatever stands in front of it.
 */
final class PacedBody extends Mono<Void> {

  /** One piece on its way to the socket, one being read meanwhile. */
  private static final int WINDOW = 2;

  private final Flux<ByteBuf> pieces;
  private final Channel channel;

  PacedBody(Flux<ByteBuf> pieces, Channel channel) {
    this.pieces = pieces;
    this.channel = channel;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> response) {
    pieces.subscribe(new Writer(channel, response));
  }

  /** Its state is touched on the connection's event loop only, but for {@link #cancel}. */
  private static final class Writer
      implements CoreSubscriber<ByteBuf>, Subscription, ChannelFutureListener {

    private final Channel channel;
    private final CoreSubscriber<? super Void> response;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile Subscription source = Operators.emptySubscription();
    private int underWay;
    private boolean read;
    private boolean ended;

    Writer(Channel channel, CoreSubscriber<? super Void> response) {
      this.channel = channel;
      this.response = response;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      source = subscription;
      response.onSubscribe(this);
      subscription.request(WINDOW);
    }

    @Override
    public void onNext(ByteBuf piece) {
      onEventLoop(
          () -> {
            underWay++;
            // The channel releases the piece, written or not.
            channel.writeAndFlush(piece).addListener(this);
          });
    }

    @Override
    public void operationComplete(ChannelFuture written) {
      underWay--;
      Throwable failure = written.cause();
      if (failure != null) {
        source.cancel();
        end(failure);
      } else if (!read) {
        source.request(1);
      } else {
        endWhenWritten();
      }
    }

    @Override
    public void onComplete() {
      onEventLoop(
          () -> {
            read = true;
            endWhenWritten();
          });
    }

    @Override
    public void onError(Throwable error) {
      onEventLoop(() -> end(error));
    }

    private void endWhenWritten() {
      if (underWay == 0 && !ended) {
        ended = true;
        response.onComplete();
      }
    }

    private void end(Throwable error) {
      if (!ended) {
        ended = true;
        response.onError(error);
      }
    }

    /** Pieces come from several threads, one after another: none may overtake one that waits. */
    private void onEventLoop(Runnable action) {
      if (channel.eventLoop().inEventLoop() && waiting.get() == 0) {
        action.run();
        return;
      }
      waiting.incrementAndGet();
      channel
          .eventLoop()
          .execute(
              () -> {
                waiting.decrementAndGet();
                action.run();
              });
    }

    @Override
    public void request(long count) {
      // Nobody waits for elements here: the pace is the connection's.
    }

    @Override
    public void cancel() {
      source.cancel();
    }
  }
}
