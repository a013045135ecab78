package dev.entrepot.testing;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.FutureMono;
import reactor.netty.http.server.HttpServerResponse;

/** Puts a reply on the wire byte by byte, with its stops at their exact places. */
final class ReplyWriter {

  private static final int PIECE = 64 * 1024;
  private static final Duration QUEUE_POLL = Duration.ofMillis(1);

  private final AtomicLong bodyBytesSent = new AtomicLong();

  long bodyBytesSent() {
    return bodyBytesSent.get();
  }

  Mono<Void> write(Reply reply, boolean withBody, HttpServerResponse response) {
    var stops = reply.stops().stream().sorted(Comparator.comparingLong(Stop::at)).toList();
    long end = withBody ? reply.body().length() : 0;
    return channel(response)
        .flatMap(
            channel ->
                stopAll(channel, stops, Stop.BEFORE_HEAD)
                    .then(Mono.defer(() -> head(reply, response)))
                    .then(Mono.defer(() -> body(reply, end, stops, channel)))
                    .then(Mono.defer(() -> end(reply, channel))));
  }

  private static Mono<Channel> channel(HttpServerResponse response) {
    return Mono.create(
        sink -> response.withConnection(connection -> sink.success(connection.channel())));
  }

  private static Mono<Void> head(Reply reply, HttpServerResponse response) {
    response.status(reply.status()).chunkedTransfer(false);
    var headers = response.responseHeaders();
    switch (reply.framing()) {
      case Framing.Exact() -> {
        if (!hasNoBody(reply.status().code())) {
          headers.set(HttpHeaderNames.CONTENT_LENGTH, reply.body().length());
        }
      }
      case Framing.Declared(long length) -> headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
      case Framing.Chunked() -> response.chunkedTransfer(true);
      case Framing.UntilClose() -> response.keepAlive(false);
    }
    reply.headers().forEach(header -> headers.add(header.name(), header.value()));
    return response.sendHeaders().then();
  }

  private static boolean hasNoBody(int status) {
    return status == 204 || status == 304;
  }

  private Mono<Void> body(Reply reply, long end, List<Stop> stops, Channel channel) {
    Mono<Void> steps = Mono.empty();
    long sent = 0;
    for (var stop : stops) {
      if (stop.at() >= 0 && stop.at() <= end) {
        steps = steps.then(range(reply.body(), sent, stop.at(), channel));
        steps = steps.then(stop(channel, stop.action()));
        sent = stop.at();
      }
    }
    return steps.then(range(reply.body(), sent, end, channel));
  }

  private Mono<Void> range(Body body, long from, long to, Channel channel) {
    return Flux.<Long, Long>generate(
            () -> from,
            (at, sink) -> {
              if (at >= to) {
                sink.complete();
              } else {
                sink.next(at);
              }
              return at + PIECE;
            })
        .concatMap(at -> piece(body, at, (int) Math.min(PIECE, to - at), channel), 1)
        .then();
  }

  private Mono<Void> piece(Body body, long at, int length, Channel channel) {
    return FutureMono.deferFuture(
            () ->
                channel.writeAndFlush(
                    new DefaultHttpContent(Unpooled.wrappedBuffer(body.bytes(at, length)))))
        .doOnSuccess(_ -> bodyBytesSent.addAndGet(length));
  }

  private static Mono<Void> end(Reply reply, Channel channel) {
    boolean lied =
        reply.framing() instanceof Framing.Declared(long length) && length != reply.body().length();
    return lied ? stop(channel, new Stop.Action.Fin()) : Mono.empty();
  }

  private static Mono<Void> stopAll(Channel channel, List<Stop> stops, long position) {
    return Flux.fromIterable(stops)
        .filter(stop -> stop.at() == position)
        .concatMap(stop -> stop(channel, stop.action()))
        .then();
  }

  private static Mono<Void> stop(Channel channel, Stop.Action action) {
    return switch (action) {
      case Stop.Action.Wait(Gate gate) ->
          Mono.defer(() -> gate.opened().publishOn(onLoopOf(channel)));
      case Stop.Action.Fin() -> FutureMono.deferFuture(channel::close).then(Mono.never());
      case Stop.Action.Rst() -> reset(channel);
      case Stop.Action.Pause(Duration length) -> Mono.delay(length, onLoopOf(channel)).then();
      case Stop.Action.Hang() -> Mono.never();
    };
  }

  private static Mono<Void> reset(Channel channel) {
    return Flux.interval(Duration.ZERO, QUEUE_POLL, onLoopOf(channel))
        .filter(_ -> !channel.isActive() || SocketQueue.isEmpty(channel))
        .next()
        .doOnNext(
            _ -> {
              channel.config().setOption(ChannelOption.SO_LINGER, 0);
              // Straight to the socket: through the pipeline TLS would say goodbye first.
              channel.unsafe().close(channel.voidPromise());
            })
        .then(Mono.never());
  }

  private static Scheduler onLoopOf(Channel channel) {
    return Schedulers.fromExecutorService(channel.eventLoop());
  }
}
