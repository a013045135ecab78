package dev.entrepot.benchmark;

/** What a client needs to know of the head of an answer. */
final class ResponseHead {

  private ResponseHead() {}

  /** The length of the body of this answer, which must be a success. */
  static long contentLength(String head) {
    if (!head.startsWith("HTTP/1.1 200 ")) {
      throw new IllegalStateException("tried to pull but the answer was: " + head);
    }
    return head.lines()
        .filter(line -> line.regionMatches(true, 0, "Content-Length:", 0, 15))
        .mapToLong(line -> Long.parseLong(line.substring(15).strip()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no Content-Length in: " + head));
  }
}
