package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import reactor.core.publisher.Mono;

/** Sends requests for tokens and reads the answers. Follows no redirect. */
final class TokenRequests {

  private static final int LARGEST = 256 * 1024;
  private static final Duration LONGEST = Duration.ofSeconds(9);

  private final Transport transport;
  private final InstantSource clock;

  TokenRequests(Transport transport, InstantSource clock) {
    this.transport = transport;
    this.clock = clock;
  }

  /** Fails with {@link RefusedException} if the server says no. */
  <T> Mono<T> send(Ask ask, OutboundRequest request, Reader<T> reader) {
    return Mono.defer(
            () -> {
              Instant start = clock.instant();
              return transport
                  .send(request)
                  .flatMap(
                      answer ->
                          answer.status() == 200
                              ? read(ask, request, answer, start, reader)
                              : Refusal.of(answer)
                                  .<T>flatMap(no -> Mono.error(explain(ask, request, no))));
            })
        .timeout(LONGEST);
  }

  static OutboundRequest get(URI uri, HttpHeaders headers) {
    return OutboundRequest.of(
        "token", HttpMethod.GET, uri, headers.set("Accept", "application/json"), false);
  }

  static OutboundRequest post(URI uri, Map<String, String> form) {
    StringJoiner body = new StringJoiner("&");
    form.forEach((name, value) -> body.add(name + "=" + encoded(value)));
    HttpHeaders headers =
        OutboundRequest.newHeaders()
            .set("Accept", "application/json")
            .set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .set("Content-Length", body.length());
    return new OutboundRequest("token", HttpMethod.POST, uri, headers, false, body.toString());
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static <T> Mono<T> read(
      Ask ask, OutboundRequest request, UpstreamAnswer answer, Instant start, Reader<T> reader) {
    return answer
        .bytes(LARGEST)
        .flatMap(body -> Mono.justOrEmpty(reader.read(body, answer.header("Date"), start)))
        .switchIfEmpty(
            Mono.error(
                () ->
                    ask.failure(
                        ErrorCode.UPSTREAM_INVALID,
                        request.uri().getRawAuthority(),
                        "its answer holds no token")));
  }

  private Exception explain(Ask ask, OutboundRequest request, Refusal no) {
    String host = request.uri().getRawAuthority();
    int status = no.status();
    String why = "its token server answered " + status;
    if (status == 429) {
      return ask.failure(
          ErrorCode.UPSTREAM_BUSY,
          host,
          why,
          null,
          RetryAfter.read(no.headers(), clock).orElse(null));
    }
    if (status >= 500 || status == 408) {
      return TroubleException.of(
          TroubleException.Kind.PASSING, ErrorCode.UPSTREAM_INVALID, ask, host, why, null);
    }
    if (status < 400) {
      return ask.failure(
          ErrorCode.UPSTREAM_INVALID, host, why + ", and token requests follow no redirects");
    }
    return new RefusedException(status);
  }

  /** Makes something of a body that was asked for at {@code start}; empty if it is of no use. */
  @FunctionalInterface
  interface Reader<T> {
    Optional<T> read(byte[] body, Optional<String> date, Instant start);
  }

  /** The server says no. */
  static final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status) {
      super("a token server answered " + status, null, false, false);
      this.status = status;
    }

    int status() {
      return status;
    }
  }
}
