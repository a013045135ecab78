package dev.entrepot.testing;

/** How an answer says where its body ends. */
public sealed interface Framing {

  /** With the true Content-Length. */
  record Exact() implements Framing {}

  /** With a Content-Length that may be a lie; the connection is closed after the real bytes. */
  record Declared(long length) implements Framing {}

  /** With chunked transfer coding and no Content-Length. */
  record Chunked() implements Framing {}

  /** By closing the connection. */
  record UntilClose() implements Framing {}
}
