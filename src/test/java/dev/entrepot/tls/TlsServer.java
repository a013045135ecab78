package dev.entrepot.tls;

import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * An HTTPS server on loopback that answers "ok" and counts the requests that got through the
 * handshake.
 */
final class TlsServer implements AutoCloseable {

  private final AtomicInteger requests = new AtomicInteger();
  private final DisposableServer server;

  TlsServer(SslContext context) {
    this.server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .secure(spec -> spec.sslContext(context))
            .handle(
                (request, response) -> {
                  requests.incrementAndGet();
                  return response.sendString(Mono.just("ok"));
                })
            .bindNow(Duration.ofSeconds(10));
  }

  int port() {
    return server.port();
  }

  int requests() {
    return requests.get();
  }

  @Override
  public void close() {
    server.disposeNow(Duration.ofSeconds(10));
  }
}
