package dev.entrepot.upstream;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.Secret;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.upstream.TokenRequests.RefusedException;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import reactor.core.publisher.Mono;

/**
 * Turns a credential into a token: asks the token server by GET, or by POST for identity tokens and
 * for servers that know nothing else. The caller has judged the realm.
 */
final class TokenExchange {

  private static final Duration LONGEST = Duration.ofSeconds(9);

  private final TokenRequests requests;
  private final AcrExchange acr;
  private final Meters meters;

  TokenExchange(Transport transport, InstantSource clock, Meters meters) {
    this.requests = new TokenRequests(transport, clock);
    this.acr = new AcrExchange(requests, clock);
    this.meters = meters;
  }

  /** Fails with {@link CredentialRefusedException} if the server says no. */
  Mono<Token> mint(Ask ask, TokenKey key, Credential credential) {
    Mono<Token> token =
        switch (credential) {
          case Credential.IdentityToken(Secret refresh, _) ->
              byPost(
                  ask,
                  key,
                  Map.of("grant_type", "refresh_token", "refresh_token", refresh.reveal()));
          case Credential.Basic basic -> withPassword(ask, key, basic);
          case Credential.Anonymous _ -> byGet(ask, key, OutboundRequest.newHeaders());
          case Credential.EntraToken entra -> acr.mint(ask, key, entra);
          case Credential.Bearer _ ->
              Mono.error(new IllegalStateException("a bearer credential needs no token"));
        };
    String host = key.realm().getRawAuthority();
    return token
        .timeout(LONGEST)
        .onErrorMap(RefusedException.class, no -> refused(ask, host, no))
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
    return byGet(ask, key, headers)
        .onErrorResume(
            RefusedException.class,
            no ->
                no.status() == 404 || no.status() == 405 ? byPost(ask, key, form) : Mono.error(no));
  }

  static String basicHeader(Credential.Basic basic) {
    String pair = basic.username() + ":" + basic.password().reveal();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static CredentialRefusedException refused(Ask ask, String host, RefusedException no) {
    return new CredentialRefusedException(
        ask.failure(ErrorCode.DENIED, host, "its token server answered " + no.status()));
  }

  private Mono<Token> byGet(Ask ask, TokenKey key, HttpHeaders headers) {
    StringJoiner query = new StringJoiner("&");
    String own = key.realm().getRawQuery();
    if (own != null && !own.isEmpty()) {
      query.add(own);
    }
    if (!key.service().isEmpty()) {
      query.add("service=" + TokenRequests.encoded(key.service()));
    }
    key.scopes().forEach(scope -> query.add("scope=" + TokenRequests.encoded(scope)));
    String realm = key.realm().toString().split("\\?", 2)[0];
    URI uri = URI.create(query.length() == 0 ? realm : realm + "?" + query);
    return requests.send(ask, TokenRequests.get(uri, headers), TokenAnswer::read);
  }

  private Mono<Token> byPost(Ask ask, TokenKey key, Map<String, String> grant) {
    Map<String, String> form = new LinkedHashMap<>(grant);
    form.put("client_id", "entrepot");
    if (!key.service().isEmpty()) {
      form.put("service", key.service());
    }
    if (!key.scopes().isEmpty()) {
      form.put("scope", String.join(" ", key.scopes()));
    }
    return requests.send(ask, TokenRequests.post(key.realm(), form), TokenAnswer::read);
  }
}
