package dev.entrepot.testing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What came back over a raw connection, and how it ended. */
public record ProbeAnswer(String statusLine, List<Header> headers, Body body, End end) {

  /** How an answer ended. */
  public enum End {
    /** At the end that its framing announced; the connection is still open. */
    COMPLETE,
    /** The peer closed the connection. */
    FIN,
    /** The peer reset the connection. */
    RST
  }

  public ProbeAnswer {
    headers = List.copyOf(headers);
  }

  /** The status code. */
  public int status() {
    return Integer.parseInt(statusLine.split(" ", 3)[1]);
  }

  /** The reason phrase. */
  public String reason() {
    var words = statusLine.split(" ", 3);
    return words.length > 2 ? words[2] : "";
  }

  /** The first value of a header. */
  public Optional<String> header(String name) {
    return headers(name).stream().findFirst();
  }

  /** All lines of a header. */
  public List<String> headers(String name) {
    return headers.stream().filter(header -> header.is(name)).map(Header::value).toList();
  }

  /** The body as UTF-8. */
  public String text() {
    return new String(body.toBytes(), StandardCharsets.UTF_8);
  }
}
