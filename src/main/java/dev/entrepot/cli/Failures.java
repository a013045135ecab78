package dev.entrepot.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;
import org.springframework.beans.BeansException;
import org.springframework.context.ApplicationContextException;

/** Says in one sentence why a command failed. */
final class Failures {

  private Failures() {}

  static String sentence(Throwable error) {
    Throwable cause = cause(error);
    String message =
        cause instanceof FileSystemException failed ? ofFile(failed) : cause.getMessage();
    return (message == null ? cause.toString() : message).replaceAll("\\s+", " ").strip();
  }

  /** The message of these is often a path and nothing else. */
  private static String ofFile(FileSystemException failed) {
    String reason =
        switch (failed) {
          case NoSuchFileException _ -> "it does not exist";
          case AccessDeniedException _ -> "permission was denied";
          case FileAlreadyExistsException _ -> "it exists already";
          case NotDirectoryException _ -> "it is no directory";
          case DirectoryNotEmptyException _ -> "it is a directory that is not empty";
          default -> Objects.requireNonNullElse(failed.getReason(), failed.toString());
        };
    return failed.getFile() == null
        ? "a file could not be used: " + reason
        : "tried to use %s but %s".formatted(failed.getFile(), reason);
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
