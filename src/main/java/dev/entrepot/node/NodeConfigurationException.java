package dev.entrepot.node;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/** A node could not be configured; the message is one sentence for the person who asked. */
public final class NodeConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NodeConfigurationException(String message) {
    super(message);
  }

  private NodeConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Finishes the sentence that {@code attempt} begins ("tried to …") with what the file system
   * said.
   */
  static NodeConfigurationException of(String attempt, IOException cause) {
    return new NodeConfigurationException(attempt + " but " + reason(cause), cause);
  }

  private static String reason(IOException cause) {
    return switch (cause) {
      case AccessDeniedException denied -> "permission was denied for " + denied.getFile();
      case NoSuchFileException missing -> missing.getFile() + " does not exist";
      case FileSystemException failed when failed.getReason() != null ->
          failed.getFile() + " could not be used: " + failed.getReason();
      case IOException other ->
          "reading or writing failed: "
              + Objects.requireNonNullElse(other.getMessage(), other.getClass().getSimpleName());
    };
  }
}
