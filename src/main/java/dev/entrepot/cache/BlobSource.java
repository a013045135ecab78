package dev.entrepot.cache;

import reactor.core.publisher.Mono;

/** Where a flight's bytes come from. Every call of {@link #open} is one request to the source. */
public interface BlobSource {

  /**
   * Opens the content from {@code from} up to, not including, {@code to} ({@link Long#MAX_VALUE}:
   * to the end). A source without ranges may start over, and end later: {@link BlobStream#offset}
   * says where the stream really begins.
   */
  Mono<BlobStream> open(long from, long to);

  /** All that it brought together is not what the digest says. */
  default void provedWrong() {
    // A source that has no choice of where to ask has nothing to learn from it.
  }
}
