package dev.entrepot.archive;

import org.jspecify.annotations.Nullable;

/** An archive that cannot be used; the message is one sentence that names it and what is wrong. */
public final class ArchiveException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ArchiveException(String message) {
    this(message, null);
  }

  ArchiveException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
