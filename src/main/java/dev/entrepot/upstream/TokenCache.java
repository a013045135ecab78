package dev.entrepot.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Tokens, each got once for all who wait for it and renewed in the background while it is used.
 * Failures are remembered for a moment, so that nobody hammers a token server that says no.
 */
final class TokenCache {

  private static final int MOST = 10_000;
  private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);
  private static final Duration REFRESH_AGAIN = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final Cache<TokenKey, Outcome> outcomes = Caffeine.newBuilder().maximumSize(MOST).build();
  private final ConcurrentMap<TokenKey, Mono<Token>> minting = new ConcurrentHashMap<>();

  TokenCache(InstantSource clock) {
    this.clock = clock;
  }

  /** The token for this key; {@code mint} gets a new one. */
  Mono<Token> get(TokenKey key, Supplier<Mono<Token>> mint) {
    return Mono.defer(
        () -> {
          Instant now = clock.instant();
          return switch (outcomes.getIfPresent(key)) {
            case Outcome.Minted(Token token) when token.isUsableAt(now) -> {
              if (token.isDueAt(now)) {
                refresh(key, mint);
              }
              yield Mono.just(token);
            }
            case Outcome.Failed(Throwable failure, Instant until) when now.isBefore(until) ->
                Mono.error(failure);
            case null -> mint(key, mint);
            case Outcome.Minted _, Outcome.Failed _ -> mint(key, mint);
          };
        });
  }

  /** Forgets this token, unless it has been replaced already. */
  void evict(TokenKey key, Token token) {
    outcomes
        .asMap()
        .computeIfPresent(
            key,
            (_, known) ->
                known instanceof Outcome.Minted(Token minted)
                        && minted.value().equals(token.value())
                    ? null
                    : known);
  }

  /** Remembers that what this key gets is refused, however new it is. */
  void refused(TokenKey key, Throwable failure) {
    outcomes.put(key, new Outcome.Failed(failure, clock.instant().plus(AFTER_REFUSAL)));
  }

  /** Whoever waits may leave: {@code cache()} does not cancel what it began. */
  private Mono<Token> mint(TokenKey key, Supplier<Mono<Token>> mint) {
    return minting.computeIfAbsent(
        key,
        _ ->
            Mono.defer(mint)
                .doOnNext(token -> outcomes.put(key, new Outcome.Minted(token)))
                .doOnError(failure -> remember(key, failure))
                .doFinally(_ -> minting.remove(key))
                .cache());
  }

  private void refresh(TokenKey key, Supplier<Mono<Token>> mint) {
    mint(key, mint).subscribe(_ -> {}, _ -> {});
  }

  /** A failed refresh leaves the old token in use until its end. */
  private void remember(TokenKey key, Throwable failure) {
    Instant now = clock.instant();
    Duration time =
        switch (failure) {
          case CredentialRefusedException _ -> AFTER_REFUSAL;
          case RegistryException busy when busy.code() == ErrorCode.UPSTREAM_BUSY ->
              busy.retryAfter().orElse(AFTER_TROUBLE);
          default -> AFTER_TROUBLE;
        };
    outcomes
        .asMap()
        .compute(
            key,
            (_, known) ->
                known instanceof Outcome.Minted(Token token) && token.isUsableAt(now)
                    ? new Outcome.Minted(token.dueAt(now.plus(REFRESH_AGAIN)))
                    : new Outcome.Failed(failure, now.plus(time)));
  }

  private sealed interface Outcome {
    record Minted(Token token) implements Outcome {}

    record Failed(Throwable failure, Instant until) implements Outcome {}
  }
}
