package dev.entrepot.tls;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A certificate or key that cannot be used, with a sentence an operator can act on. */
final class UnusableCertificateException extends IllegalStateException {

  UnusableCertificateException(String message) {
    super(message);
  }

  UnusableCertificateException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Whether the file is there but closed to us, so that nothing is known about what it holds. */
  boolean deniesAccess() {
    return getCause() instanceof IOException && !(getCause() instanceof NoSuchFileException);
  }

  static UnusableCertificateException io(String attempt, Path file, IOException cause) {
    String reason =
        switch (cause) {
          case NoSuchFileException _ -> "it does not exist";
          case AccessDeniedException _ -> "access is denied to this user";
          default -> "this failed: " + cause.getMessage();
        };
    return new UnusableCertificateException(
        "tried to %s %s but %s".formatted(attempt, file, reason), cause);
  }
}
