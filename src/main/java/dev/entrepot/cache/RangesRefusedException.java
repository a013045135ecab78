package dev.entrepot.cache;

/**
 * A source that was asked for a part starts at the first byte instead. Never leaves this package.
 */
final class RangesRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RangesRefusedException() {
    super("the source gives no ranges", null, false, false);
  }
}
