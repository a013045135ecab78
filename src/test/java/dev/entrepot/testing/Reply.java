package dev.entrepot.testing;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.stream.Stream;

/** An answer of a double: what it says, and how it misbehaves while saying it. */
public record Reply(
    HttpResponseStatus status, List<Header> headers, Body body, Framing framing, List<Stop> stops) {

  public Reply {
    headers = List.copyOf(headers);
    stops = List.copyOf(stops);
  }

  /** An answer without a body. */
  public static Reply of(int status) {
    return of(status, Body.of(""));
  }

  /** An answer with a body and no Content-Type. */
  public static Reply of(int status, Body body) {
    return new Reply(
        HttpResponseStatus.valueOf(status), List.of(), body, new Framing.Exact(), List.of());
  }

  /** An answer with a text. */
  public static Reply text(int status, String contentType, String text) {
    return of(status, Body.of(text)).with("Content-Type", contentType);
  }

  /** An answer with a JSON text. */
  public static Reply json(int status, String json) {
    return text(status, "application/json", json);
  }

  /** A registry's error document with one entry. */
  public static Reply error(int status, String code, String message) {
    return json(
        status,
        "{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\",\"detail\":null}]}\n"
            .formatted(code, message));
  }

  /** The same answer with another status. */
  public Reply withStatus(HttpResponseStatus other) {
    return new Reply(other, headers, body, framing, stops);
  }

  /** The same answer with another reason phrase in its status line. */
  public Reply withReason(String reason) {
    return withStatus(new HttpResponseStatus(status.code(), reason));
  }

  /** The same answer with this header instead of any of that name. */
  public Reply with(String name, String value) {
    return without(name).plus(name, value);
  }

  /** The same answer with one more header line. */
  public Reply plus(String name, String value) {
    var more = Stream.concat(headers.stream(), Stream.of(new Header(name, value))).toList();
    return new Reply(status, more, body, framing, stops);
  }

  /** The same answer without a header. */
  public Reply without(String name) {
    var fewer = headers.stream().filter(header -> !header.is(name)).toList();
    return new Reply(status, fewer, body, framing, stops);
  }

  /** The same answer with other bytes. */
  public Reply with(Body other) {
    return new Reply(status, headers, other, framing, stops);
  }

  /** The same answer with its length told another way. */
  public Reply with(Framing other) {
    return new Reply(status, headers, body, other, stops);
  }

  /** The same answer, stopped at one more place. */
  public Reply stoppedAt(long position, Stop.Action action) {
    var more = Stream.concat(stops.stream(), Stream.of(new Stop(position, action))).toList();
    return new Reply(status, headers, body, framing, more);
  }
}
