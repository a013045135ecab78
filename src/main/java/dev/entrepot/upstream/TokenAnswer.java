package dev.entrepot.upstream;

import dev.entrepot.credentials.Minted;
import dev.entrepot.credentials.Secret;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a token server answers, in the several shapes that exist. */
final class TokenAnswer {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration SHORTEST = Duration.ofSeconds(60);
  private static final long LONGEST_SECONDS = Duration.ofDays(30).toSeconds();

  private TokenAnswer() {}

  /**
   * Reads a token that was asked for at {@code start}; empty if there is none in the body.
   *
   * @param date the answer's {@code Date} header
   */
  static Optional<Token> read(byte[] body, Optional<String> date, Instant start) {
    JsonNode json = tree(body);
    if (json == null) {
      return Optional.empty();
    }
    String text = json.path("token").asString("");
    String value = text.isEmpty() ? json.path("access_token").asString("") : text;
    if (!isProper(value)) {
      return Optional.empty();
    }
    // How old the token is by the server's own clocks; ours may be wrong.
    Duration age = age(json.path("issued_at").asString(""), date);
    return Optional.of(Token.of(Secret.of(value), start.minus(age), lifetime(json, value, start)));
  }

  /** Reads a token that only gets other tokens. */
  static Optional<Minted<Secret>> readRefreshToken(byte[] body, Instant start) {
    JsonNode json = tree(body);
    String value = json == null ? "" : json.path("refresh_token").asString("");
    if (json == null || !isProper(value)) {
      return Optional.empty();
    }
    Instant end = start.plus(lifetime(json, value, start));
    return Optional.of(Minted.renewedAhead(Secret.of(value), start, end));
  }

  private static boolean isProper(String token) {
    return !token.isEmpty() && token.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private static Duration lifetime(JsonNode json, String token, Instant start) {
    long seconds = json.path("expires_in").asLong(0);
    Duration said =
        seconds > 0
            ? Duration.ofSeconds(Math.min(seconds, LONGEST_SECONDS))
            : jwtExpiry(token).map(end -> Duration.between(start, end)).orElse(SHORTEST);
    return said.compareTo(SHORTEST) < 0 ? SHORTEST : said;
  }

  /** Peeks at a token that happens to be a JWT; nobody relies on it being genuine. */
  private static Optional<Instant> jwtExpiry(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    try {
      JsonNode claims = tree(Base64.getUrlDecoder().decode(parts[1]));
      long end = claims == null ? 0 : claims.path("exp").asLong(0);
      return end > 0 ? Optional.of(Instant.ofEpochSecond(end)) : Optional.empty();
    } catch (IllegalArgumentException | DateTimeException _) {
      return Optional.empty();
    }
  }

  private static Duration age(String issuedAt, Optional<String> date) {
    if (issuedAt.isEmpty() || date.isEmpty()) {
      return Duration.ZERO;
    }
    try {
      Instant issued = OffsetDateTime.parse(issuedAt).toInstant();
      Instant answered =
          ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration age = Duration.between(issued, answered);
      return age.isNegative() ? Duration.ZERO : age;
    } catch (DateTimeException _) {
      return Duration.ZERO;
    }
  }

  private static @Nullable JsonNode tree(byte[] body) {
    try {
      JsonNode json = JSON.readTree(new String(body, StandardCharsets.UTF_8));
      return json.isObject() ? json : null;
    } catch (JacksonException _) {
      return null;
    }
  }
}
