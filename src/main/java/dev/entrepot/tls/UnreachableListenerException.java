package dev.entrepot.tls;

/** Nothing listens where the listener should be. */
public final class UnreachableListenerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnreachableListenerException(String name, Throwable cause) {
    super("nothing answers at " + name, cause);
  }
}
