package dev.entrepot.benchmark;

import java.io.IOException;

/** A connection on which a blob is asked for once. */
interface BlobConnection extends AutoCloseable {

  /** Sends a whole request. */
  void send(byte[] request) throws IOException;

  /** Blocks until the head of the answer has come; says how long its body is. */
  long head() throws IOException;

  /** Blocks until at least so many bytes of the body have come; says how many. */
  long awaitBody(long bytes) throws IOException;

  @Override
  void close() throws IOException;
}
