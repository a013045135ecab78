package dev.entrepot.upstream;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;

/**
 * One request as it goes out, with every header it will carry besides {@code Host}.
 *
 * @param bulk whether many bytes will come: then it travels alone on an HTTP/1.1 connection
 * @param body empty for none
 */
record OutboundRequest(
    String kind, HttpMethod method, URI uri, HttpHeaders headers, boolean bulk, String body) {

  static OutboundRequest of(
      String kind, HttpMethod method, URI uri, HttpHeaders headers, boolean bulk) {
    return new OutboundRequest(kind, method, uri, headers, bulk, "");
  }

  /** A new set of headers with what every request of ours carries. */
  static HttpHeaders newHeaders() {
    return new DefaultHttpHeaders()
        .set("User-Agent", "entrepot")
        // Digests are of the bytes as they are stored.
        .set("Accept-Encoding", "identity");
  }

  /** Headers may hold secrets. */
  @Override
  public String toString() {
    return method + " " + uri.getRawAuthority();
  }
}
