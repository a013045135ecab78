package dev.entrepot.upstream;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.MintCache;
import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.Secret;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.TokenRequests.RefusedException;
import java.net.URI;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Turns an Entra token into a repository's token in the two steps that Azure Container Registry
 * wants. Both go to the endpoint itself, whatever a challenge says.
 */
final class AcrExchange {

  private final TokenRequests requests;
  private final MintCache<RefreshKey, Secret> refreshTokens;

  AcrExchange(TokenRequests requests, InstantSource clock) {
    this.requests = requests;
    this.refreshTokens = new MintCache<>(clock, TokenCache::memory);
  }

  /** What the token that this challenge asks for is kept under. */
  static TokenKey key(
      Endpoint endpoint, Credential.EntraToken entra, AuthScheme.Bearer scheme, Ask ask) {
    Route route = ask.route();
    String named = scheme.service();
    boolean ours = named.equals(endpoint.toString()) || named.equals(route.registry().value());
    // Logging in asks for no scope; the challenge to a ping asks for one that few identities have.
    return new TokenKey(
        endpoint,
        entra.fingerprint(),
        URI.create(endpoint.base() + "/oauth2/token"),
        ours ? named : endpoint.toString(),
        ask.isPing() ? List.of() : scheme.scopesFor(route.repository()));
  }

  /** A refresh token that was kept may be refused: then it is got anew, once. */
  Mono<Token> mint(Ask ask, TokenKey key, Credential.EntraToken entra) {
    RefreshKey shared = new RefreshKey(key.endpoint(), key.fingerprint());
    return Mono.defer(
            () -> {
              Optional<Secret> kept = refreshTokens.find(shared);
              Mono<Secret> refresh =
                  refreshTokens.get(shared, () -> exchange(ask.forRegistry(), key, entra));
              return refresh.flatMap(
                  first ->
                      access(ask, key, first)
                          .onErrorResume(
                              RefusedException.class,
                              no -> {
                                if (!kept.equals(Optional.of(first))) {
                                  return Mono.error(no);
                                }
                                refreshTokens.evict(shared, first::equals);
                                return refresh.flatMap(second -> access(ask, key, second));
                              }));
            })
        .onErrorMap(RefusedException.class, no -> noRight(ask, key, no));
  }

  private Mono<Minted<Secret>> exchange(Ask ask, TokenKey key, Credential.EntraToken entra) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "access_token");
    form.put("service", key.service());
    entra.tenant().ifPresent(tenant -> form.put("tenant", tenant));
    form.put("access_token", entra.token().reveal());
    URI uri = URI.create(key.endpoint().base() + "/oauth2/exchange");
    return requests
        .send(
            ask,
            TokenRequests.post(uri, form),
            (body, _, start) -> TokenAnswer.readRefreshToken(body, start))
        .onErrorMap(RefusedException.class, no -> notAccepted(ask, key, no))
        .onErrorMap(UpstreamFailures.during(ask, uri.getRawAuthority()));
  }

  private Mono<Token> access(Ask ask, TokenKey key, Secret refresh) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "refresh_token");
    form.put("service", key.service());
    if (!key.scopes().isEmpty()) {
      form.put("scope", String.join(" ", key.scopes()));
    }
    form.put("refresh_token", refresh.reveal());
    return requests.send(ask, TokenRequests.post(key.realm(), form), TokenAnswer::read);
  }

  private static Throwable notAccepted(Ask ask, TokenKey key, RefusedException no) {
    return switch (no.status()) {
      case 401, 403 ->
          new CredentialRefusedException(
              ask.credentialFailure(
                  ErrorCode.DENIED,
                  "%s does not accept the identity (no AcrPull role?)".formatted(key.endpoint())));
      case 404, 405 ->
          ask.failure(
              ErrorCode.UPSTREAM_INVALID,
              key.endpoint(),
              "it exchanges no Entra tokens, so it is no Azure Container Registry");
      default ->
          new CredentialRefusedException(
              ask.credentialFailure(
                  ErrorCode.DENIED,
                  "%s answered %d to its Entra token".formatted(key.endpoint(), no.status())));
    };
  }

  /** The identity is known: a new token for it would have the same rights. */
  private static Throwable noRight(Ask ask, TokenKey key, RefusedException no) {
    return ask.credentialFailure(
        ErrorCode.DENIED,
        "%s answered %d when the identity asked for a token for %s (no AcrPull role?)"
            .formatted(key.endpoint(), no.status(), ask.route().repository()));
  }

  private record RefreshKey(Endpoint endpoint, String fingerprint) {}
}
