package dev.entrepot.web;

import dev.entrepot.cache.Content;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCounted;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Writes a body to a connection, asking for the next piece only when an earlier one has left for
 * the socket. A client that takes nothing for too long loses the connection, or over HTTP/2 the
 * stream.
 *
 * <p>reactor-netty's own {@code send} asks for 128 pieces at once and refills by 64: with large
 * pieces that is dozens of MiB for every slow reader, whatever stands in front of it.
 */
final class PacedBody extends Mono<Void> {

  /** One piece on its way to the socket, one being read meanwhile. */
  private static final int WINDOW = 2;

  /** A piece of at most this size says that memory is scarce: then one is under way, not two. */
  private static final int SMALL_PIECE = 64 << 10;

  /** What a stream's window lets through cannot be seen, but that a part is through can. */
  private static final int PART_OF_A_STREAM = 64 << 10;

  private final Flux<? extends ReferenceCounted> pieces;
  private final Channel channel;
  private final Outbox outbox;
  private final Duration patience;
  private final LongConsumer left;

  /**
   * Makes a body that is written when it is subscribed to.
   *
   * @param outbox of the connection's event loop
   * @param patience how long the client may take nothing of what waits for it
   * @param left hears how many bytes have left for the socket whenever no more wait for it
   */
  PacedBody(
      Flux<? extends ReferenceCounted> pieces,
      Channel channel,
      Outbox outbox,
      Duration patience,
      LongConsumer left) {
    this.pieces = pieces;
    this.channel = channel;
    this.outbox = outbox;
    this.patience = patience;
    this.left = left;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> response) {
    pieces.subscribe(new Writer(channel, outbox, patience, left, response));
  }

  /** Its state is touched on the connection's event loop only, but for {@link #cancel}. */
  private static final class Writer
      implements CoreSubscriber<ReferenceCounted>, Subscription, ChannelFutureListener {

    private final Channel channel;
    private final Outbox outbox;
    private final Duration limit;
    private final ClientPatience patience;
    private final CoreSubscriber<? super Void> response;
    private final ChannelFutureListener partLeft;
    private final LongConsumer left;
    private final AtomicInteger waitingInLoop = new AtomicInteger();
    private final AtomicInteger waitingInOutbox = new AtomicInteger();
    private volatile Subscription source = Operators.emptySubscription();
    private volatile boolean hasBegun;
    private int underWay;
    private int askedFor = WINDOW;
    private boolean isMemoryShort;
    private long handedOver;
    private boolean read;
    private boolean ended;

    Writer(
        Channel channel,
        Outbox outbox,
        Duration limit,
        LongConsumer left,
        CoreSubscriber<? super Void> response) {
      this.channel = channel;
      this.outbox = outbox;
      this.limit = limit;
      this.patience = new ClientPatience(channel, limit, this::giveUp);
      this.partLeft = _ -> patience.left();
      this.left = left;
      this.response = response;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      source = subscription;
      response.onSubscribe(this);
      subscription.request(WINDOW);
    }

    @Override
    public void onNext(ReferenceCounted piece) {
      onEventLoop(() -> write(piece));
    }

    /** The channel releases what it is given, written or not. */
    private void write(ReferenceCounted piece) {
      hasBegun = true;
      underWay++;
      long length = Content.length(piece);
      handedOver += length;
      isMemoryShort = length <= SMALL_PIECE;
      if (channel instanceof Http2StreamChannel && piece instanceof ByteBuf bytes) {
        while (bytes.readableBytes() > PART_OF_A_STREAM) {
          ChannelFuture part = channel.write(bytes.readRetainedSlice(PART_OF_A_STREAM));
          patience.waits(part);
          part.addListener(partLeft);
        }
      }
      ChannelFuture written = channel.writeAndFlush(piece);
      patience.waits(written);
      written.addListener(this);
    }

    @Override
    public void operationComplete(ChannelFuture written) {
      underWay--;
      askedFor--;
      patience.left();
      if (ended) {
        endPatience();
        return;
      }
      Throwable failure = written.cause();
      if (failure != null) {
        source.cancel();
        end(failure);
        return;
      }
      if (underWay == 0) {
        left.accept(handedOver);
      }
      if (read) {
        endWhenWritten();
      } else {
        askForMore();
      }
    }

    private void askForMore() {
      int more = (isMemoryShort ? 1 : WINDOW) - askedFor;
      if (more > 0) {
        askedFor += more;
        source.request(more);
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
        endPatience();
        response.onComplete();
      }
    }

    private void end(Throwable error) {
      if (!ended) {
        ended = true;
        endPatience();
        response.onError(error);
      }
    }

    /** What is left of a body that broke off still waits for the client, and the end behind it. */
    private void endPatience() {
      if (underWay == 0) {
        patience.end();
      }
    }

    /** What waits for the socket would keep an orderly end waiting as well. */
    private void giveUp() {
      source.cancel();
      end(new StalledClientException(limit));
      Channel connection = channel.parent();
      if (!(channel instanceof Http2StreamChannel)) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
      } else if (!connection.isWritable()) {
        var _ = connection.close();
      }
      var _ = channel.close();
    }

    /**
     * Signals come from several threads, one after another: none may overtake one that waits. The
     * first piece goes to the event loop itself, behind the headers; the outbox makes those that
     * follow wait for others.
     */
    private void onEventLoop(Runnable action) {
      EventLoop loop = channel.eventLoop();
      if (waitingInLoop.get() > 0 || (!hasBegun && !loop.inEventLoop())) {
        queue(loop, waitingInLoop, action);
      } else if (waitingInOutbox.get() > 0 || !loop.inEventLoop()) {
        queue(outbox, waitingInOutbox, action);
      } else {
        action.run();
      }
    }

    private static void queue(Executor executor, AtomicInteger waiting, Runnable action) {
      waiting.incrementAndGet();
      executor.execute(
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
      if (channel.eventLoop().inEventLoop()) {
        patience.end();
      } else {
        channel.eventLoop().execute(patience::end);
      }
    }
  }
}
