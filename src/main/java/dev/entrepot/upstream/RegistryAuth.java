package dev.entrepot.upstream;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.Secret;
import dev.entrepot.oci.Challenge;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * Decides what a request shows to an endpoint: at first what was learnt from it before, and after a
 * refusal what its challenge asks for.
 */
final class RegistryAuth {

  private final OutboundUrlPolicy policy;
  private final TokenExchange exchange;
  private final TokenCache tokens;
  private final Map<Endpoint, AuthScheme> learnt = new ConcurrentHashMap<>();

  RegistryAuth(OutboundUrlPolicy policy, TokenExchange exchange, TokenCache tokens) {
    this.policy = policy;
    this.exchange = exchange;
    this.tokens = tokens;
  }

  /** What to show unasked. */
  Mono<Presented> preemptive(Ask ask, Endpoint endpoint, Credential credential) {
    AuthScheme scheme = known(endpoint);
    // The token server may have moved: the next request hears of it when it shows nothing.
    return present(ask, endpoint, credential, scheme)
        .doOnError(failure -> !isBusy(failure), _ -> learnt.remove(endpoint, scheme));
  }

  private static boolean isBusy(Throwable failure) {
    return failure instanceof RegistryException known && known.code() == ErrorCode.UPSTREAM_BUSY;
  }

  /**
   * What to show after a refusal; fails with {@link CredentialRefusedException} if there is nothing
   * else to show.
   *
   * @param ping asks the endpoint for the challenge that the refusal lacks
   */
  Mono<Presented> afterRefusal(
      Ask ask,
      Endpoint endpoint,
      Presented before,
      Refusal refusal,
      Function<Ask, Mono<Refusal>> ping) {
    List<Challenge> bearer = refusal.bearerChallenges();
    before.tokenUse().ifPresent(use -> tokens.evict(use.key(), use.token()));
    if (before.credential() instanceof Credential.Bearer) {
      return refused(ask, endpoint, before, refusal);
    }
    if (bearer.isEmpty() && before.isNothing() && refusal.challenges().isEmpty()) {
      return ping.apply(ask.ping())
          .flatMap(
              answer ->
                  answer.challenges().isEmpty()
                      ? refused(ask, endpoint, before, refusal)
                      : afterRefusal(ask, endpoint, before, answer, ping));
    }
    return learn(ask, endpoint, before, refusal, bearer)
        .flatMap(scheme -> present(ask, endpoint, before.credential(), scheme))
        .flatMap(
            next ->
                next.isNothing() || isSame(before, next, refusal.isScopeTooSmall())
                    ? refused(ask, endpoint, before, refusal)
                    : Mono.just(next));
  }

  /** The answer to something that was shown for the second time in vain. */
  <T> Mono<T> refused(Ask ask, Endpoint endpoint, Presented shown, Refusal refusal) {
    String code = refusal.code().map(word -> " " + word).orElse("");
    RegistryException explained =
        shown.credential() instanceof Credential.Anonymous
            ? ask.failure(
                ErrorCode.DENIED,
                endpoint,
                "it answered %d%s to a request without a credential"
                    .formatted(refusal.status(), code))
            : ask.credentialFailure(
                ErrorCode.DENIED,
                "%s answered %d%s to its credential".formatted(endpoint, refusal.status(), code));
    // An identity that lacks a right is the same identity with a new token.
    RuntimeException failure =
        shown.credential() instanceof Credential.EntraToken && refusal.isScopeTooSmall()
            ? explained
            : new CredentialRefusedException(explained);
    shown.tokenUse().ifPresent(use -> tokens.refused(use.key(), failure));
    return Mono.error(failure);
  }

  /**
   * The user and password themselves, where the registry offered to take them too: some give tokens
   * that they do not take.
   */
  Optional<Presented> insteadOfToken(Endpoint endpoint, Presented shown) {
    boolean offered = known(endpoint) instanceof AuthScheme.Bearer bearer && bearer.orBasic();
    return shown.tokenUse().isPresent()
            && offered
            && shown.credential() instanceof Credential.Basic basic
        ? Optional.of(Presented.header(basic, TokenExchange.basicHeader(basic)))
        : Optional.empty();
  }

  /** The registry took user and password, but not the token that it had asked for. */
  void preferBasic(Endpoint endpoint) {
    learnt.put(endpoint, new AuthScheme.Basic());
  }

  /** The same user and password, or a token that cannot become more than it was. */
  private static boolean isSame(Presented before, Presented next, boolean scopeTooSmall) {
    boolean sameKey =
        before.tokenUse().isPresent()
            && before
                .tokenUse()
                .map(Presented.TokenUse::key)
                .equals(next.tokenUse().map(Presented.TokenUse::key));
    return before.header().equals(next.header()) || (sameKey && scopeTooSmall);
  }

  private Mono<AuthScheme> learn(
      Ask ask, Endpoint endpoint, Presented before, Refusal refusal, List<Challenge> bearer) {
    boolean basic = Challenge.find(refusal.challenges(), "basic").isPresent();
    if (!bearer.isEmpty()) {
      return offered(ask, endpoint, before.credential(), bearer, basic)
          .doOnNext(scheme -> learnt.put(endpoint, scheme));
    }
    // Harbor answers a refused token with a Basic challenge: what was learnt before still holds.
    if (basic && before.isNothing()) {
      learnt.put(endpoint, new AuthScheme.Basic());
    }
    return Mono.just(known(endpoint));
  }

  /** The first challenge whose token server may be asked; the others count for nothing. */
  private Mono<AuthScheme> offered(
      Ask ask,
      Endpoint endpoint,
      Credential credential,
      List<Challenge> challenges,
      boolean orBasic) {
    Optional<String> complaint = Optional.empty();
    for (Challenge challenge : challenges) {
      Optional<URI> realm = realm(challenge);
      Optional<String> objection =
          realm.isEmpty()
              ? Optional.of("its challenge names no token server")
              : objection(endpoint, credential, realm.get());
      if (realm.isPresent() && objection.isEmpty()) {
        return Mono.just(
            AuthScheme.Bearer.of(realm.get(), challenge, ask.route().repository(), orBasic));
      }
      complaint = complaint.or(() -> objection);
    }
    return Mono.error(ask.failure(ErrorCode.UPSTREAM_INVALID, endpoint, complaint.orElse("")));
  }

  private static Optional<URI> realm(Challenge challenge) {
    try {
      return challenge.parameter("realm").map(URI::create);
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private Optional<String> objection(Endpoint endpoint, Credential credential, URI realm) {
    boolean secret = !(credential instanceof Credential.Anonymous);
    Optional<String> complaint =
        credential instanceof Credential.EntraToken && !endpoint.isOriginOf(realm)
            ? Optional.of("is not the registry itself, where alone an Entra token may go")
            : policy.realmComplaint(realm, endpoint, secret);
    return complaint.map(
        why ->
            "its challenge names the token server '%s', which %s"
                .formatted(RedirectWalk.shown(realm), why));
  }

  private Mono<Presented> present(
      Ask ask, Endpoint endpoint, Credential credential, AuthScheme scheme) {
    return switch (credential) {
      case Credential.Bearer(Secret token, _) ->
          Mono.just(Presented.header(credential, "Bearer " + token.reveal()));
      case Credential.Basic basic when scheme instanceof AuthScheme.Basic ->
          Mono.just(Presented.header(credential, TokenExchange.basicHeader(basic)));
      case Credential.Anonymous _,
          Credential.Basic _,
          Credential.IdentityToken _,
          Credential.EntraToken _ ->
          scheme instanceof AuthScheme.Bearer bearer
              ? token(ask, endpoint, credential, bearer)
              : Mono.just(Presented.nothing(credential));
    };
  }

  private Mono<Presented> token(
      Ask ask, Endpoint endpoint, Credential credential, AuthScheme.Bearer scheme) {
    // It may have been learnt without a credential, when more was allowed.
    Optional<String> objection = objection(endpoint, credential, scheme.realm());
    if (objection.isPresent()) {
      return Mono.error(ask.failure(ErrorCode.UPSTREAM_INVALID, endpoint, objection.get()));
    }
    TokenKey key =
        credential instanceof Credential.EntraToken entra
            ? AcrExchange.key(endpoint, entra, scheme, ask)
            : new TokenKey(
                endpoint,
                credential.fingerprint(),
                scheme.realm(),
                scheme.service(),
                ask.scopes(scheme));
    // Others may wait for the same token, and failures are remembered: the ask must be theirs too.
    Ask shared = ask.forToken();
    return tokens
        .get(key, () -> exchange.mint(shared, key, credential))
        .map(token -> Presented.token(credential, key, token));
  }

  private AuthScheme known(Endpoint endpoint) {
    return learnt.getOrDefault(endpoint, new AuthScheme.Unknown());
  }
}
