package dev.entrepot.upstream;

/** A body was longer than it may be. */
final class BodyTooLargeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  BodyTooLargeException(int limit) {
    super("the answer is larger than " + limit + " bytes");
  }
}
