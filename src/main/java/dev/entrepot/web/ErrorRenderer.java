package dev.entrepot.web;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * Puts errors on the wire: the specification's JSON, and the sentence once more as the HTTP/1.1
 * reason phrase, because that is all containerd shows of an answer to HEAD.
 */
final class ErrorRenderer {

  private static final Logger log = LoggerFactory.getLogger(ErrorRenderer.class);
  private static final JsonMapper JSON = JsonMapper.shared();

  private ErrorRenderer() {}

  static Mono<Void> render(Exchange exchange, Throwable error) {
    RegistryException refused = asRefusal(exchange, error);
    ErrorCode code = refused.code();
    byte[] body = body(refused);
    HttpServerResponse response =
        exchange
            .response()
            .status(new HttpResponseStatus(code.status(), ReasonPhrase.of(refused.explanation())))
            .header(HttpHeaderNames.CONTENT_TYPE, "application/json")
            .header("X-Content-Type-Options", "nosniff")
            .header(WireHeaders.CACHE_STATUS, cacheStatus(refused))
            .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
    if (code == ErrorCode.METHOD_UNSUPPORTED) {
      // What the client goes on to send is not read: the connection must not be used again.
      response.header(HttpHeaderNames.ALLOW, "GET, HEAD").keepAlive(false);
    }
    refused
        .retryAfter()
        .ifPresent(
            wait ->
                response.header(
                    HttpHeaderNames.RETRY_AFTER, Long.toString(Math.max(1, wait.toSeconds()))));
    exchange.answeredWith(
        new Exchange.Outcome(code.status(), outcome(refused), refused.explanation()));
    if (exchange.headersOnly()) {
      return response.send();
    }
    exchange.sent(body.length);
    return response.sendObject(Unpooled.wrappedBuffer(body)).then();
  }

  /** An earlier refusal that is repeated is as much a hit as content. */
  private static String cacheStatus(RegistryException refused) {
    return (refused.isRemembered() ? "entrepot; hit; detail=" : "entrepot; detail=")
        + outcome(refused);
  }

  private static String outcome(RegistryException refused) {
    return refused.isRemembered() && refused.code().isNotFound()
        ? "negative"
        : word(refused.code());
  }

  private static String word(ErrorCode code) {
    return code.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static RegistryException asRefusal(Exchange exchange, Throwable error) {
    if (error instanceof RegistryException refused) {
      return refused;
    }
    log.error("unexpected failure path=\"{}\"", exchange.path(), error);
    return new RegistryException(
        ErrorCode.INTERNAL, "Entrepot failed unexpectedly; its log says why");
  }

  private static byte[] body(RegistryException refused) {
    ErrorBody body =
        new ErrorBody(List.of(new ErrorDetail(refused.code().wireCode(), refused.explanation())));
    return JSON.writeValueAsBytes(body);
  }

  /** The specification's error body. */
  record ErrorBody(List<ErrorDetail> errors) {}

  /** One error in it. */
  record ErrorDetail(String code, String message) {}
}
