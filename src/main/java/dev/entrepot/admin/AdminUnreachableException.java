package dev.entrepot.admin;

import org.jspecify.annotations.Nullable;

/** No server answers at the address of its admin API. */
public final class AdminUnreachableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  AdminUnreachableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
