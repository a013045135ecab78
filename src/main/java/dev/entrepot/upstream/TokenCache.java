package dev.entrepot.upstream;

import dev.entrepot.credentials.MintCache;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** The tokens of one registry. */
final class TokenCache {

  private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);

  /** Even where it says more, a busy server is asked again now and then. */
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final MintCache<TokenKey, Token> tokens;

  TokenCache(InstantSource clock) {
    this.tokens = new MintCache<>(clock, TokenCache::memory);
  }

  /** The token for this key; {@code mint} gets a new one. */
  Mono<Token> get(TokenKey key, Supplier<Mono<Token>> mint) {
    return tokens.get(key, () -> mint.get().map(Token::minted));
  }

  /** Forgets this token, unless it has been replaced already. */
  void evict(TokenKey key, Token token) {
    tokens.evict(key, known -> known.value().equals(token.value()));
  }

  /** Remembers that what this key gets is refused, however new it is. */
  void refused(TokenKey key, Throwable failure) {
    tokens.refused(key, failure);
  }

  /** How long a failure is repeated without asking again. */
  static Duration memory(Throwable failure) {
    return switch (failure) {
      case CredentialRefusedException _ -> AFTER_REFUSAL;
      case RegistryException no when no.code() == ErrorCode.DENIED -> AFTER_REFUSAL;
      case RegistryException busy when busy.code() == ErrorCode.UPSTREAM_BUSY ->
          busy.retryAfter()
              .map(wait -> wait.compareTo(LONGEST) > 0 ? LONGEST : wait)
              .orElse(AFTER_TROUBLE);
      default -> AFTER_TROUBLE;
    };
  }
}
