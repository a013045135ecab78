package dev.entrepot.cache;

import org.jspecify.annotations.Nullable;

/** A cache directory that cannot be used; the message says which, why, and what to do. */
public final class CacheException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CacheException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
