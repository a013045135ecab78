package dev.entrepot.stock;

/** Something that cannot be done with the stock; the message is one sentence for who asked. */
public final class StockException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public StockException(String message) {
    // Expected, and told in one sentence: a stack trace would say nothing more.
    super(message, null, false, false);
  }
}
