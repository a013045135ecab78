package dev.entrepot.upstream;

import dev.entrepot.credentials.Credential;
import java.util.Optional;

/**
 * What a request shows to the registry.
 *
 * @param header the {@code Authorization}; empty for none
 * @param tokenUse the token it is, if it is one that a token server gave us
 */
record Presented(Credential credential, Optional<String> header, Optional<TokenUse> tokenUse) {

  static Presented nothing(Credential credential) {
    return new Presented(credential, Optional.empty(), Optional.empty());
  }

  static Presented header(Credential credential, String header) {
    return new Presented(credential, Optional.of(header), Optional.empty());
  }

  static Presented token(Credential credential, TokenKey key, Token token) {
    return new Presented(
        credential,
        Optional.of("Bearer " + token.value().reveal()),
        Optional.of(new TokenUse(key, token)));
  }

  boolean isNothing() {
    return header.isEmpty();
  }

  /** The header is a secret. */
  @Override
  public String toString() {
    return isNothing() ? "nothing" : "authorization";
  }

  record TokenUse(TokenKey key, Token token) {}
}
