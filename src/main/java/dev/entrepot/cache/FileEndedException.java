package dev.entrepot.cache;

import org.jspecify.annotations.Nullable;

/** A file that gives no more bytes although its content has some. Never leaves this package. */
final class FileEndedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final long position;
  private final transient @Nullable Hashed hashed;

  FileEndedException(long position, @Nullable Hashed hashed, @Nullable Throwable cause) {
    super("the file ended at " + position, cause, false, false);
    this.position = position;
    this.hashed = hashed;
  }

  /** The first byte the reader did not get. */
  long position() {
    return position;
  }

  /** What is already hashed of the content, else nothing. */
  @Nullable Hashed hashed() {
    return hashed;
  }
}
