package dev.entrepot.credentials;

/**
 * A credential cannot be had. The message is what goes on after the type and the rule, such as
 * "role … may not GetAuthorizationToken", and never holds a secret.
 */
public final class CredentialException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean denied;

  private CredentialException(String message, boolean denied) {
    super(message, null, false, false);
    this.denied = denied;
  }

  /** Who mints credentials says no: only a changed configuration helps. */
  public static CredentialException denied(String message) {
    return new CredentialException(message, true);
  }

  /** Who mints credentials cannot be asked now, or its answer cannot be used. */
  public static CredentialException unavailable(String message) {
    return new CredentialException(message, false);
  }

  /** Whether it was a no rather than trouble. */
  public boolean isDenied() {
    return denied;
  }
}
