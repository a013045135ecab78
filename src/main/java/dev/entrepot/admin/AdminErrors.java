package dev.entrepot.admin;

import dev.entrepot.oci.RegistryException;
import dev.entrepot.stock.StockException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.codec.CodecException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Mono;

/** How the admin API says no: one sentence. */
final class AdminErrors {

  private static final Logger log = LoggerFactory.getLogger(AdminErrors.class);

  private AdminErrors() {}

  /** What an error is answered with. */
  record Body(String error) {}

  static Mono<ServerResponse> answer(Throwable error) {
    return switch (error) {
      case StockException no -> answer(HttpStatus.CONFLICT, String.valueOf(no.getMessage()));
      case RegistryException no -> answer(HttpStatus.BAD_REQUEST, no.explanation());
      case IllegalArgumentException no ->
          answer(HttpStatus.BAD_REQUEST, String.valueOf(no.getMessage()));
      case DataBufferLimitException _ ->
          answer(HttpStatus.CONTENT_TOO_LARGE, "the request is too large");
      case CodecException _ -> answer(HttpStatus.BAD_REQUEST, "the request is not understood");
      case ServerWebInputException _ ->
          answer(HttpStatus.BAD_REQUEST, "the request is not understood");
      default -> {
        log.error("admin API failed", error);
        yield answer(HttpStatus.INTERNAL_SERVER_ERROR, error.toString());
      }
    };
  }

  static Mono<ServerResponse> answer(HttpStatus status, String sentence) {
    return ServerResponse.status(status)
        .contentType(MediaType.APPLICATION_JSON)
        .bodyValue(new Body(sentence));
  }
}
