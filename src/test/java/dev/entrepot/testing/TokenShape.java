package dev.entrepot.testing;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What a token server writes into its answers. */
public record TokenShape(
    Names names, Optional<String> expiresIn, Duration life, Optional<Duration> issuedAtSkew) {

  /** Under which names the token appears. */
  public enum Names {
    TOKEN,
    ACCESS_TOKEN,
    BOTH,
    /** {@code token} is good, {@code access_token} is another good one. */
    BOTH_DIFFERENT,
    NONE
  }

  /** {@code token}, 300 s, no {@code issued_at}. */
  public static TokenShape usual() {
    return new TokenShape(Names.TOKEN, Optional.of("300"), Duration.ofMinutes(5), Optional.empty());
  }

  /** The same with the token under other names. */
  public TokenShape named(Names other) {
    return new TokenShape(other, expiresIn, life, issuedAtSkew);
  }

  /** Tokens live so long, and {@code expires_in} says so. */
  public TokenShape living(Duration lifetime) {
    return new TokenShape(
        names, Optional.of(Long.toString(lifetime.toSeconds())), lifetime, issuedAtSkew);
  }

  /** {@code expires_in} is this raw JSON, whatever the truth. */
  public TokenShape claiming(String rawExpiresIn) {
    return new TokenShape(names, Optional.of(rawExpiresIn), life, issuedAtSkew);
  }

  /** No {@code expires_in}. */
  public TokenShape withoutExpiresIn() {
    return new TokenShape(names, Optional.empty(), life, issuedAtSkew);
  }

  /** With {@code issued_at}, which is off by the skew and has nanoseconds. */
  public TokenShape issuedAt(Duration skew) {
    return new TokenShape(names, expiresIn, life, Optional.of(skew));
  }

  String json(String token, String other, Instant now) {
    var json = new StringBuilder("{");
    switch (names) {
      case TOKEN -> field(json, "token", token);
      case ACCESS_TOKEN -> field(json, "access_token", token);
      case BOTH -> {
        field(json, "token", token);
        field(json, "access_token", token);
      }
      case BOTH_DIFFERENT -> {
        field(json, "token", token);
        field(json, "access_token", other);
      }
      case NONE -> {}
    }
    expiresIn.ifPresent(value -> json.append("\"expires_in\":").append(value).append(','));
    issuedAtSkew.ifPresent(
        skew -> field(json, "issued_at", now.plus(skew).plusNanos(1).toString()));
    json.append("\"extra\":null}");
    return json.toString();
  }

  private static void field(StringBuilder json, String name, String value) {
    json.append('"').append(name).append("\":\"").append(value).append("\",");
  }
}
