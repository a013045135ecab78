package dev.entrepot.credentials;

import java.time.Instant;
import java.util.Optional;

/** What we show to an upstream to be let in. */
public sealed interface Credential {

  /**
   * Tells one credential from another without saying anything about it: a hash with a salt that
   * lives as long as the process.
   */
  String fingerprint();

  /** When it ends, if that is known. */
  Optional<Instant> expiresAt();

  /** No credential. */
  record Anonymous() implements Credential {
    @Override
    public String fingerprint() {
      return "anonymous";
    }

    @Override
    public Optional<Instant> expiresAt() {
      return Optional.empty();
    }
  }

  /** A user and a password, sent as Basic to the registry or its token server. */
  record Basic(String username, Secret password, Optional<Instant> expiresAt)
      implements Credential {
    public Basic(String username, Secret password) {
      this(username, password, Optional.empty());
    }

    @Override
    public String fingerprint() {
      return Fingerprint.of("basic", username, password.reveal());
    }
  }

  /** A token that the registry takes as it is. */
  record Bearer(Secret token, Optional<Instant> expiresAt) implements Credential {
    public Bearer(Secret token) {
      this(token, Optional.empty());
    }

    @Override
    public String fingerprint() {
      return Fingerprint.of("bearer", token.reveal());
    }
  }

  /** A refresh token that the registry's token server turns into access tokens. */
  record IdentityToken(Secret token, Optional<Instant> expiresAt) implements Credential {
    public IdentityToken(Secret token) {
      this(token, Optional.empty());
    }

    @Override
    public String fingerprint() {
      return Fingerprint.of("identity", token.reveal());
    }
  }

  /**
   * An Entra access token, which Azure Container Registry itself turns into a refresh token.
   *
   * @param tenant whose token it is, if that is known
   */
  record EntraToken(Secret token, Optional<String> tenant, Optional<Instant> expiresAt)
      implements Credential {
    @Override
    public String fingerprint() {
      return Fingerprint.of("entra", token.reveal());
    }
  }
}
