package dev.entrepot.cli;

import org.springframework.beans.BeansException;
import org.springframework.context.ApplicationContextException;

/** Says in one sentence why a command failed. */
final class Failures {

  private Failures() {}

  static String sentence(Throwable error) {
    Throwable cause = error;
    while (isWrapping(cause) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return (message == null ? cause.toString() : message).replaceAll("\\s+", " ").strip();
  }

  /** Spring tells first which bean was being made; the reason lies beneath. */
  private static boolean isWrapping(Throwable error) {
    return error instanceof BeansException
        || error instanceof ApplicationContextException
        || error.getClass().equals(RuntimeException.class);
  }
}
