package dev.entrepot.testing;

/** How a token server writes a grant down. */
@FunctionalInterface
public interface TokenFormat {

  /** The token; {@code serial} differs on every call. */
  String encode(TokenGrant grant, long serial);

  /** A token that means nothing to anyone but its server. */
  static TokenFormat opaque() {
    return (_, serial) -> "opaque-token-" + serial;
  }
}
