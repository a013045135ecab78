package dev.entrepot.upstream;

import java.net.URI;
import java.util.Optional;

/**
 * What tells one server's content from what it may have later: a strong {@code ETag} (RFC 9110
 * section 8.8.3), which means nothing to another server.
 *
 * @param server as host and port
 */
public record Validator(String server, String etag) {

  /** That of an answer, if it has one. */
  static Optional<Validator> of(UpstreamAnswer answer) {
    return answer
        .header("ETag")
        .filter(etag -> etag.startsWith("\""))
        .map(etag -> new Validator(Hosts.authority(answer.uri()), etag));
  }

  /** Whether it is a word of the server that this URL names. */
  boolean isOf(URI uri) {
    return server.equals(Hosts.authority(uri));
  }
}
