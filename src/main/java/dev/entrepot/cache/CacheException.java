package dev.entrepot.cache;

import org.jspecify.annotations.Nullable;

/** A cache directory that cannot be used; the message says which, why, and what to do. */
public final class CacheException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean inUse;

  CacheException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  private CacheException(String message, @Nullable Throwable cause, boolean inUse) {
    super(message, cause);
    this.inUse = inUse;
  }

  static CacheException inUse(String message) {
    return new CacheException(message, null, true);
  }

  /** Whether another process has the directory open. */
  public boolean isInUse() {
    return inUse;
  }
}
