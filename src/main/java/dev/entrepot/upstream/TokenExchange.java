package dev.entrepot.upstream;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.Secret;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import reactor.core.publisher.Mono;

/**
 * Asks token servers for tokens: by GET, or by POST for identity tokens and for servers that know
 * nothing else. Follows no redirect. The caller has judged the realm.
 */
final class TokenExchange {

  private static final int LARGEST = 256 * 1024;
  private static final Duration LONGEST = Duration.ofSeconds(9);

  private final Transport transport;
  private final InstantSource clock;
  private final Meters meters;

  TokenExchange(Transport transport, InstantSource clock, Meters meters) {
    this.transport = transport;
    this.clock = clock;
    this.meters = meters;
  }

  /** Fails with {@link CredentialRefusedException} if the server says no. */
  Mono<Token> mint(Ask ask, TokenKey key, Credential credential) {
    Mono<Token> token =
        switch (credential) {
          case Credential.IdentityToken(Secret refresh, _) ->
              exchange(
                  ask,
                  post(
                      key,
                      Map.of("grant_type", "refresh_token", "refresh_token", refresh.reveal())));
          case Credential.Basic basic -> withPassword(ask, key, basic);
          case Credential.Anonymous _ -> exchange(ask, get(key, OutboundRequest.newHeaders()));
          case Credential.Bearer _, Credential.EntraToken _ ->
              Mono.error(new IllegalStateException("a bearer credential needs no token"));
        };
    String host = key.realm().getRawAuthority();
    return token
        .timeout(LONGEST)
        .onErrorMap(UpstreamFailures.during(ask, host))
        .doOnNext(_ -> meters.tokenMinted(ask.route().rule(), "minted"))
        .doOnError(
            failure ->
                meters.tokenMinted(
                    ask.route().rule(),
                    failure instanceof CredentialRefusedException ? "refused" : "failed"));
  }

  private Mono<Token> withPassword(Ask ask, TokenKey key, Credential.Basic basic) {
    HttpHeaders headers = OutboundRequest.newHeaders().set("Authorization", basicHeader(basic));
    Map<String, String> form =
        Map.of(
            "grant_type",
            "password",
            "username",
            basic.username(),
            "password",
            basic.password().reveal());
    return exchange(ask, get(key, headers))
        .onErrorResume(NoGetException.class, _ -> exchange(ask, post(key, form)));
  }

  static String basicHeader(Credential.Basic basic) {
    String pair = basic.username() + ":" + basic.password().reveal();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private Mono<Token> exchange(Ask ask, OutboundRequest request) {
    return Mono.defer(
        () -> {
          Instant start = clock.instant();
          return transport
              .send(request)
              .flatMap(
                  answer ->
                      answer.status() == 200
                          ? token(ask, request, answer, start)
                          : Refusal.of(answer)
                              .flatMap(no -> Mono.error(explain(ask, request, no))));
        });
  }

  private static Mono<Token> token(
      Ask ask, OutboundRequest request, UpstreamAnswer answer, Instant start) {
    return answer
        .bytes(LARGEST)
        .flatMap(body -> Mono.justOrEmpty(TokenAnswer.read(body, answer.header("Date"), start)))
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
    if (status == 429 || status == 408) {
      return ask.failure(
          ErrorCode.UPSTREAM_BUSY,
          host,
          why,
          null,
          RetryAfter.read(no.headers(), clock).orElse(null));
    }
    if (status >= 500) {
      return new TroubleException(ask.failure(ErrorCode.UPSTREAM_INVALID, host, why), true);
    }
    if (status < 400) {
      return ask.failure(
          ErrorCode.UPSTREAM_INVALID, host, why + ", and token requests follow no redirects");
    }
    boolean get = request.method().equals(HttpMethod.GET);
    return get && (status == 404 || status == 405) && request.headers().contains("Authorization")
        ? new NoGetException()
        : new CredentialRefusedException(ask.failure(ErrorCode.DENIED, host, why));
  }

  private static OutboundRequest get(TokenKey key, HttpHeaders headers) {
    StringJoiner query = new StringJoiner("&");
    String own = key.realm().getRawQuery();
    if (own != null && !own.isEmpty()) {
      query.add(own);
    }
    if (!key.service().isEmpty()) {
      query.add("service=" + encoded(key.service()));
    }
    key.scopes().forEach(scope -> query.add("scope=" + encoded(scope)));
    String realm = key.realm().toString().split("\\?", 2)[0];
    URI uri = URI.create(query.length() == 0 ? realm : realm + "?" + query);
    return OutboundRequest.of(
        "token", HttpMethod.GET, uri, headers.set("Accept", "application/json"), false);
  }

  private static OutboundRequest post(TokenKey key, Map<String, String> grant) {
    Map<String, String> form = new LinkedHashMap<>(grant);
    form.put("client_id", "entrepot");
    if (!key.service().isEmpty()) {
      form.put("service", key.service());
    }
    if (!key.scopes().isEmpty()) {
      form.put("scope", String.join(" ", key.scopes()));
    }
    StringJoiner body = new StringJoiner("&");
    form.forEach((name, value) -> body.add(name + "=" + encoded(value)));
    HttpHeaders headers =
        OutboundRequest.newHeaders()
            .set("Accept", "application/json")
            .set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .set("Content-Length", body.length());
    return new OutboundRequest(
        "token", HttpMethod.POST, key.realm(), headers, false, body.toString());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** The server wants a POST. */
  private static final class NoGetException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NoGetException() {
      super("GET is not offered", null, false, false);
    }
  }
}
