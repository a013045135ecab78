package dev.entrepot.web;

import dev.entrepot.access.ListenAddress;
import dev.entrepot.metrics.Meters;
import dev.entrepot.pull.PullService;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;

/** The listener of the registry API, and nothing else. */
public final class RegistryListener {

  private static final Logger log = LoggerFactory.getLogger(RegistryListener.class);

  /** BuildKit keeps idle connections for 120 s and reuses them without a question. */
  private static final Duration IDLE = Duration.ofSeconds(150);

  private static final Duration HANDSHAKE = Duration.ofSeconds(10);
  private static final int LONGEST_REQUEST_LINE = 16 << 10;

  /** ECR's tokens and lists of ranges take kilobytes each. */
  private static final int LONGEST_HEADERS = 32 << 10;

  /**
   * What the kernel holds of an answer beyond what is on its way. Without a bound it is megabytes a
   * slow reader, and it takes many of them before a socket takes more: a slow client would look
   * like one that has stalled.
   */
  private static final long UNSENT = 512 << 10;

  private static final int BACKLOG = 1024;
  private static final int MOST_STREAMS = 100;

  private final ListenAddress address;
  private final Optional<SslContext> tls;
  private final RegistryHandler handler;
  private final ClientLimits limits;
  private final Meters meters;
  private final Crowd crowd;
  private final ResetConnections resets = new ResetConnections();
  private @Nullable DisposableServer server;

  /**
   * Makes a listener; {@link #start} opens it.
   *
   * @param tls what connections are secured with; without it they are plain HTTP
   */
  public RegistryListener(
      ListenAddress address,
      Optional<SslContext> tls,
      PullService pulls,
      ClientLimits limits,
      Meters meters) {
    this.address = address;
    this.tls = tls;
    this.handler = new RegistryHandler(pulls, new AccessLog(meters), limits.stall());
    this.limits = limits;
    this.meters = meters;
    this.crowd = new Crowd(limits.connections(), meters);
  }

  /** Opens the listener; fails with an {@link IllegalStateException} that names the address. */
  public void start() {
    try {
      server = configured().bindNow();
    } catch (ChannelBindException e) {
      throw new IllegalStateException(
          "tried to listen on " + address + " but " + e.getMessage(), e);
    }
    log.info("serving the registry API url={}://{}:{}", scheme(), address.host(), port());
  }

  HttpServer configured() {
    HttpServer plain =
        HttpServer.create()
            .bindAddress(address::toSocketAddress)
            .channelGroup(new DefaultChannelGroup(GlobalEventExecutor.INSTANCE))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            // The adaptive one, Netty's default, allocates what TLS makes of a large piece anew
            // each
            // time, and the JDK then zeroes it.
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 << 10, 256 << 10))
            .idleTimeout(IDLE)
            .httpRequestDecoder(
                decoder ->
                    decoder
                        .maxInitialLineLength(LONGEST_REQUEST_LINE)
                        .maxHeaderSize(LONGEST_HEADERS)
                        .h2cMaxContentLength(0))
            .protocol(HttpProtocol.HTTP11)
            .doOnChannelInit((_, channel, _) -> receive(channel))
            .handle(handler);
    HttpServer bounded =
        Epoll.isAvailable()
            ? plain.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT)
            : plain;
    return tls.map(context -> secured(bounded, context)).orElse(bounded);
  }

  private void receive(Channel connection) {
    if (crowd.admits(connection)) {
      new SlowRequests(limits.head(), meters).join(connection.pipeline());
      connection.pipeline().addLast(resets);
    }
  }

  private static HttpServer secured(HttpServer plain, SslContext context) {
    return plain
        .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
        .http2Settings(settings -> settings.maxConcurrentStreams(MOST_STREAMS))
        .secure(spec -> spec.sslContext(context).handshakeTimeout(HANDSHAKE));
  }

  /** The port in use. */
  public int port() {
    return running().port();
  }

  /** Whether it is open. */
  public boolean isRunning() {
    return server != null;
  }

  /** The URL clients on this machine reach it by. */
  public String url() {
    return scheme() + "://" + new ListenAddress(address.host(), port());
  }

  /**
   * Takes no new connection, and waits for the answers under way until they are done or the time is
   * over.
   */
  public void stop(Duration patience) {
    DisposableServer open = server;
    server = null;
    if (open == null) {
      return;
    }
    log.info("no longer accepting pulls; waiting for those under way patience={}", patience);
    try {
      open.disposeNow(patience);
    } catch (IllegalStateException e) {
      log.warn("some pulls were cut off at shutdown cause=\"{}\"", e.getMessage());
    }
  }

  private String scheme() {
    return tls.isPresent() ? "https" : "http";
  }

  private DisposableServer running() {
    DisposableServer open = server;
    if (open == null) {
      throw new IllegalStateException("the registry listener is not running");
    }
    return open;
  }
}
