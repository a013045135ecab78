package dev.entrepot.credentials.azure;

import dev.entrepot.credentials.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** What a token endpoint says. */
sealed interface EntraAnswer {

  JsonMapper JSON = JsonMapper.builder().build();

  /** Also the life of a token that does not say it. */
  Duration LEAST = Duration.ofMinutes(1);

  Duration MOST = Duration.ofDays(1);

  /** A token that lives until then, by our own clock. */
  record Granted(Secret token, Instant end) implements EntraAnswer {}

  /**
   * No token. Only words that Entra is known for are kept: the rest may repeat what was sent.
   *
   * @param code of OAuth
   * @param number of Entra, without {@code AADSTS}
   */
  record Refused(int status, Optional<String> code, Optional<String> number)
      implements EntraAnswer {

    private static final Set<String> KNOWN =
        Set.of(
            "invalid_client",
            "unauthorized_client",
            "invalid_grant",
            "invalid_request",
            "invalid_scope",
            "invalid_resource",
            "server_error",
            "temporarily_unavailable");

    private static final Pattern NUMBER = Pattern.compile("AADSTS([0-9]{4,8})\\b");

    static Refused of(int status, byte[] body) {
      JsonNode json = tree(body);
      Matcher number = NUMBER.matcher(json.path("error_description").asString(""));
      return new Refused(
          status,
          Optional.of(json.path("error").asString("")).filter(KNOWN::contains),
          number.find() ? Optional.of(number.group(1)) : Optional.empty());
    }

    /** Whether it may be over soon, rather than a no. */
    boolean isTrouble() {
      boolean passing =
          code.filter(Set.of("server_error", "temporarily_unavailable")::contains).isPresent();
      return passing
          || switch (status) {
            case 400, 401, 403 -> false;
            default -> true;
          };
    }

    /** The code and the number, else the status. */
    String shown() {
      String aadsts = number.map(digits -> "AADSTS" + digits).orElse("");
      return code.map(word -> aadsts.isEmpty() ? word : word + ", " + aadsts)
          .orElse(aadsts.isEmpty() ? String.valueOf(status) : aadsts);
    }
  }

  /** Reads a success that was asked for at {@code start}; empty if there is no token in it. */
  static Optional<EntraAnswer> granted(byte[] body, Instant start) {
    JsonNode json = tree(body);
    String token = json.path("access_token").asString("");
    // The machine's own endpoint writes numbers as text, some only the moment of the end.
    long seconds = json.path("expires_in").asLong(0);
    long moment = json.path("expires_on").asLong(0);
    if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
      return Optional.empty();
    }
    Duration life =
        seconds > 0
            ? Duration.ofSeconds(seconds)
            : moment > 0 ? Duration.between(start, Instant.ofEpochSecond(moment)) : LEAST;
    Duration kept = life.compareTo(LEAST) < 0 ? LEAST : life.compareTo(MOST) > 0 ? MOST : life;
    return Optional.of(new Granted(Secret.of(token), start.plus(kept)));
  }

  private static JsonNode tree(byte[] body) {
    try {
      return JSON.readTree(new String(body, StandardCharsets.UTF_8));
    } catch (JacksonException _) {
      return MissingNode.getInstance();
    }
  }
}
