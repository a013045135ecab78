package dev.entrepot.oci;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be answered with content. The message is one sentence for the person behind
 * the client: it names the upstream and rule, never a secret.
 */
public final class RegistryException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final @Nullable Duration retryAfter;
  private final boolean remembered;

  public RegistryException(ErrorCode code, String message) {
    this(code, message, null, null);
  }

  public RegistryException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(code, message, cause, null);
  }

  public RegistryException(
      ErrorCode code, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
    this(code, message, cause, retryAfter, false);
  }

  private RegistryException(
      ErrorCode code,
      String message,
      @Nullable Throwable cause,
      @Nullable Duration retryAfter,
      boolean remembered) {
    // Thrown for every refused request: a stack trace would cost more than the answer.
    super(message, cause, false, cause != null);
    this.code = code;
    this.retryAfter = retryAfter;
    this.remembered = remembered;
  }

  /** The same, but as it was answered to an earlier request. */
  public RegistryException asRemembered() {
    return new RegistryException(code, explanation(), null, retryAfter, true);
  }

  /** Whether an earlier answer is repeated and upstream was not asked. */
  public boolean isRemembered() {
    return remembered;
  }

  /** Why. */
  public ErrorCode code() {
    return code;
  }

  /** The sentence for the client. */
  public String explanation() {
    return String.valueOf(getMessage());
  }

  /** How long upstream asked us to wait, if it did. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
