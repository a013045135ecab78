package dev.entrepot.testing;

import java.util.Optional;
import java.util.regex.Pattern;

/** Answers a request for a body as RFC 9110 says: 200, 206 with Content-Range, or 416. */
final class Ranges {

  private static final Pattern SINGLE = Pattern.compile("bytes=(\\d*)-(\\d*)");

  private Ranges() {}

  /** The answer to a request for this body, whose strong entity tag is given with its quotes. */
  static Reply answer(RecordedRequest request, Body body, String entityTag) {
    var whole = Reply.of(200, body).with("Accept-Ranges", "bytes").with("ETag", entityTag);
    boolean stillTheSame = request.header("If-Range").map(entityTag::equals).orElse(true);
    return request
        .header("Range")
        .filter(_ -> stillTheSame && request.is("GET"))
        .flatMap(range -> partial(range, body, whole))
        .orElse(whole);
  }

  /** Empty when the header is not a single byte range, which servers ignore. */
  private static Optional<Reply> partial(String range, Body body, Reply whole) {
    var match = SINGLE.matcher(range);
    if (!match.matches() || (match.group(1).isEmpty() && match.group(2).isEmpty())) {
      return Optional.empty();
    }
    long length = body.length();
    boolean suffix = match.group(1).isEmpty();
    long first =
        suffix
            ? Math.max(0, length - Long.parseLong(match.group(2)))
            : Long.parseLong(match.group(1));
    long last =
        suffix || match.group(2).isEmpty()
            ? length - 1
            : Math.min(length - 1, Long.parseLong(match.group(2)));
    if (!suffix && !match.group(2).isEmpty() && Long.parseLong(match.group(2)) < first) {
      return Optional.empty();
    }
    if (first >= length) {
      return Optional.of(
          Reply.error(416, "RANGE_INVALID", "invalid content range")
              .with("Content-Range", "bytes */" + length));
    }
    return Optional.of(
        whole
            .withStatus(Reply.of(206).status())
            .with(body.slice(first, last - first + 1))
            .with("Content-Range", "bytes %d-%d/%d".formatted(first, last, length)));
  }
}
