package dev.entrepot.upstream;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Reads the {@code Retry-After} header, RFC 9110 section 10.2.3. */
final class RetryAfter {

  private RetryAfter() {}

  /** How long to wait from now; empty if the header is absent or unreadable. */
  static Optional<Duration> read(HttpHeaders headers, InstantSource clock) {
    String value = headers.get("Retry-After");
    if (value == null) {
      return Optional.empty();
    }
    String text = value.trim();
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(clock.instant(), until);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
