package dev.entrepot.cli;

import java.io.IOException;
import org.springframework.beans.BeansException;
import org.springframework.context.ApplicationContextException;

/** Says in one sentence why a command failed. */
final class Failures {

  private Failures() {}

  static String sentence(Throwable error) {
    Throwable cause = cause(error);
    String message = cause.getMessage();
    return (message == null ? cause.toString() : message).replaceAll("\\s+", " ").strip();
  }

  /** Whether this is a fault of the program rather than of what it was given. */
  static boolean isUnexpected(Throwable error) {
    Throwable cause = cause(error);
    boolean explained =
        cause instanceof IOException
            || cause instanceof IllegalArgumentException
            || cause instanceof IllegalStateException
            || cause.getClass().getName().startsWith("dev.entrepot.");
    return !explained || cause.getMessage() == null;
  }

  private static Throwable cause(Throwable error) {
    Throwable cause = error;
    while (isWrapping(cause) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Spring tells first which bean was being made; the reason lies beneath. */
  private static boolean isWrapping(Throwable error) {
    return error instanceof BeansException
        || error instanceof ApplicationContextException
        || error.getClass().equals(RuntimeException.class);
  }
}
