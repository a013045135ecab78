package dev.entrepot.web;

import dev.entrepot.metrics.Meters;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.NettyPipeline;

/**
 * Ends an HTTP/1.1 connection whose client has begun a request and does not get to the end of its
 * head. A client that has not begun one is idle, which is no offence.
 */
final class SlowRequests extends ChannelInboundHandlerAdapter {

  private static final Logger log = LoggerFactory.getLogger(SlowRequests.class);

  private final Duration limit;
  private final Meters meters;
  private @Nullable Future<?> deadline;
  private boolean watching;
  private boolean answering;

  SlowRequests(Duration limit, Meters meters) {
    this.limit = limit;
    this.meters = meters;
  }

  /** Takes its place where the bytes are plain and not yet parsed. */
  void join(ChannelPipeline pipeline) {
    if (pipeline.get(NettyPipeline.SslHandler) == null) {
      pipeline.addFirst(this);
    } else {
      pipeline.addAfter(NettyPipeline.SslHandler, null, this);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!watching && !watch(context)) {
      context.pipeline().remove(this);
    } else if (!answering && deadline == null) {
      deadline =
          context.executor().schedule(() -> giveUp(context), limit.toNanos(), TimeUnit.NANOSECONDS);
    }
    context.fireChannelRead(message);
  }

  /** HTTP/2 bounds what comes before a request by itself. */
  private boolean watch(ChannelHandlerContext context) {
    ChannelHandlerContext codec = context.pipeline().context(HttpServerCodec.class);
    if (codec == null) {
      return false;
    }
    context.pipeline().addAfter(codec.name(), null, new Parsed());
    watching = true;
    return true;
  }

  private void giveUp(ChannelHandlerContext context) {
    meters.clientCut("slow-request");
    log.debug(
        "connection ended client={} cause=\"no whole request within {} ms\"",
        context.channel().remoteAddress(),
        limit.toMillis());
    var _ = context.close();
  }

  private void arrived() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    arrived();
    context.fireChannelInactive();
  }

  /** Sees whole heads come in and the ends of answers go out. */
  private final class Parsed extends ChannelDuplexHandler {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest) {
        answering = true;
        arrived();
      } else if (message instanceof LastHttpContent) {
        arrived();
      }
      context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      if (message instanceof LastHttpContent) {
        answering = false;
      }
      context.write(message, promise);
    }
  }
}
