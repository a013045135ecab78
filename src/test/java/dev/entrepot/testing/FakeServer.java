package dev.entrepot.testing;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * A server on a free port of 127.0.0.1 that records every request, asks a function for the answer
 * and lets chaos rules spoil it. The other doubles are built from it; a test may use it directly
 * for an odd endpoint.
 */
public final class FakeServer implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(20);

  private final RequestLog log = new RequestLog();
  private final ChaosRules chaos = new ChaosRules();
  private final ReplyWriter writer = new ReplyWriter();
  private final LoopResources loops = LoopResources.create("fake", 2, true);
  private final DefaultEventExecutor groupExecutor = new DefaultEventExecutor();
  private final ChannelGroup connections = new DefaultChannelGroup(groupExecutor);
  private final Function<RecordedRequest, Reply> handler;
  private final boolean tls;
  private final DisposableServer server;

  private FakeServer(Function<RecordedRequest, Reply> handler, Optional<SslContext> certificate) {
    this.handler = handler;
    this.tls = certificate.isPresent();
    var plain =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .runOn(loops)
            .channelGroup(connections)
            .httpRequestDecoder(
                spec -> spec.maxInitialLineLength(64 * 1024).maxHeaderSize(64 * 1024))
            .handle(this::serve);
    this.server =
        certificate
            .map(context -> plain.secure(spec -> spec.sslContext(context)))
            .orElse(plain)
            .bindNow();
  }

  /** Starts a plain HTTP server. */
  public static FakeServer start(Function<RecordedRequest, Reply> handler) {
    return start(handler, Optional.empty());
  }

  /** Starts a server, with TLS when a certificate is given. */
  public static FakeServer start(
      Function<RecordedRequest, Reply> handler, Optional<SslContext> certificate) {
    return new FakeServer(handler, certificate);
  }

  public int port() {
    return server.port();
  }

  /** {@code 127.0.0.1:port}. */
  public String authority() {
    return "127.0.0.1:" + port();
  }

  /** The origin, with a slash at the end. */
  public URI uri() {
    return URI.create((tls ? "https://" : "http://") + authority() + "/");
  }

  /** Every request so far. */
  public RequestLog log() {
    return log;
  }

  /** The faults to apply. */
  public ChaosRules chaos() {
    return chaos;
  }

  /** How many body bytes have been handed to the network. */
  public long bodyBytesSent() {
    return writer.bodyBytesSent();
  }

  /** How many connections are open now. */
  public int openConnections() {
    return connections.size();
  }

  @Override
  public void close() {
    // Hanging answers would make an orderly shutdown wait for them.
    connections.close().awaitUninterruptibly(GRACE.toMillis());
    server.disposeNow(GRACE);
    loops.disposeLater(Duration.ZERO, GRACE).block(GRACE);
    groupExecutor.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Publisher<Void> serve(HttpServerRequest request, HttpServerResponse response) {
    return request
        .receive()
        .aggregate()
        .asString(StandardCharsets.ISO_8859_1)
        .defaultIfEmpty("")
        .flatMap(
            body -> {
              var recorded = record(request, body);
              log.add(recorded);
              var reply = chaos.apply(recorded, handler);
              return writer.write(reply, !recorded.is("HEAD"), response);
            });
  }

  private static RecordedRequest record(HttpServerRequest request, String body) {
    var headers =
        request.requestHeaders().entries().stream()
            .map(entry -> new Header(entry.getKey(), entry.getValue()))
            .toList();
    var remote =
        Optional.ofNullable(request.remoteAddress())
            .orElseGet(() -> InetSocketAddress.createUnresolved("unknown", 0));
    return new RecordedRequest(request.method().name(), request.uri(), headers, body, remote);
  }
}
