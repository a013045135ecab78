package dev.entrepot.web;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes note of connections that clients reset. HTTP/2 leaves that to the end of the pipeline,
 * where Netty would log a stack trace for every client that is done and does not say goodbye.
 */
@Sharable
final class ResetConnections extends ChannelInboundHandlerAdapter {

  private static final Logger log = LoggerFactory.getLogger(ResetConnections.class);

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      log.debug(
          "connection ended client={} cause=\"{}\"",
          context.channel().remoteAddress(),
          cause.toString());
      var _ = context.close();
    } else {
      context.fireExceptionCaught(cause);
    }
  }
}
