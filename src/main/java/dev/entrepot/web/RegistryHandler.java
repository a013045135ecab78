package dev.entrepot.web;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.oci.RegistryRequestParser;
import dev.entrepot.pull.PullService;
import java.time.Duration;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Answers the registry API: reads the request once, has it answered, writes the answer or the
 * error.
 */
final class RegistryHandler
    implements BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> {

  private final PullService pulls;
  private final AccessLog accessLog;
  private final Duration patience;
  private final Outboxes outboxes = new Outboxes();

  RegistryHandler(PullService pulls, AccessLog accessLog, Duration patience) {
    this.pulls = pulls;
    this.accessLog = accessLog;
    this.patience = patience;
  }

  @Override
  public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
    Exchange exchange = new Exchange(request, response, patience, outboxes);
    return afterThisCall(exchange)
        .then(Mono.defer(() -> answer(exchange)))
        .onErrorResume(
            error -> !exchange.hasStarted(), error -> ErrorRenderer.render(exchange, error))
        .doOnError(exchange::broken)
        .doFinally(signal -> accessLog.write(exchange, signal));
  }

  /**
   * An answer given within the very call that brings the request makes reactor-netty 1.3.7 forget
   * to read on, if the request arrived while the one before it was being finished.
   */
  private static Mono<Void> afterThisCall(Exchange exchange) {
    return Mono.create(turn -> exchange.channel().eventLoop().execute(turn::success));
  }

  private Mono<Void> answer(Exchange exchange) {
    if (!exchange.isRead()) {
      throw new RegistryException(
          ErrorCode.METHOD_UNSUPPORTED,
          "Entrepot only serves pulls: " + exchange.method() + " is not supported");
    }
    RegistryRequest asked = RegistryRequestParser.parse(exchange.path(), exchange.query());
    exchange.understood(asked);
    return pulls
        .answer(asked, exchange.hostHeader(), exchange.headersOnly(), BlobWriter.wish(exchange))
        .flatMap(answer -> AnswerWriter.write(exchange, asked, answer));
  }
}
