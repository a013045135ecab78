package dev.entrepot.testing;

import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A request as a double received it, byte-exact where it matters: {@code target} is the raw request
 * target.
 */
public record RecordedRequest(
    String method, String target, List<Header> headers, String body, InetSocketAddress remote) {

  public RecordedRequest {
    headers = List.copyOf(headers);
  }

  /** The raw path, without the query. */
  public String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** The raw query, empty when there is none. */
  public String query() {
    int query = target.indexOf('?');
    return query < 0 ? "" : target.substring(query + 1);
  }

  /** All decoded values of a query parameter. */
  public List<String> parameters(String name) {
    return values(query(), name);
  }

  /** The first decoded value of a query parameter. */
  public Optional<String> parameter(String name) {
    return parameters(name).stream().findFirst();
  }

  /** The first decoded value of a field of a form body. */
  public Optional<String> formField(String name) {
    return values(body, name).stream().findFirst();
  }

  /** The first value of a header. */
  public Optional<String> header(String name) {
    return headers(name).stream().findFirst();
  }

  /** All lines of a header. */
  public List<String> headers(String name) {
    return headers.stream().filter(header -> header.is(name)).map(Header::value).toList();
  }

  /** Whether the method is the one given. */
  public boolean is(String other) {
    return method.equals(other);
  }

  /** The same request without a header. */
  public RecordedRequest without(String name) {
    return new RecordedRequest(
        method, target, headers.stream().filter(header -> !header.is(name)).toList(), body, remote);
  }

  private static List<String> values(String encoded, String name) {
    return Stream.of(encoded.split("&"))
        .map(pair -> pair.split("=", 2))
        .filter(pair -> decode(pair[0]).equals(name))
        .map(pair -> pair.length > 1 ? decode(pair[1]) : "")
        .toList();
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
