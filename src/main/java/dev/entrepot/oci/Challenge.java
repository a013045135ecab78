package dev.entrepot.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One challenge of a {@code WWW-Authenticate} header, RFC 9110 section 11.6.1.
 *
 * <p>Reads what registries really send: several challenges in one line or in several, unquoted
 * values, blanks around {@code =}, any case.
 *
 * @param scheme in lower case
 * @param parameters by name in lower case; the first of two with one name counts
 */
public record Challenge(String scheme, Map<String, String> parameters) {

  private static final int MOST = 16;

  public Challenge {
    parameters = Map.copyOf(parameters);
  }

  /** All challenges of these header values, in their order; what cannot be read is left out. */
  public static List<Challenge> parse(List<String> headerValues) {
    List<Challenge> challenges = new ArrayList<>();
    for (String value : headerValues) {
      new Reader(value).readInto(challenges);
    }
    return List.copyOf(challenges.subList(0, Math.min(MOST, challenges.size())));
  }

  /** The first challenge with this scheme, which is in lower case. */
  public static Optional<Challenge> find(List<Challenge> challenges, String scheme) {
    return challenges.stream().filter(challenge -> challenge.scheme().equals(scheme)).findFirst();
  }

  /** The parameter's value, unless it is absent or empty. */
  public Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
  }

  /** The entries of the {@code scope} parameter. */
  public List<String> scopes() {
    return parameter("scope").stream()
        .flatMap(scope -> List.of(scope.trim().split("\\s+", -1)).stream())
        .filter(entry -> !entry.isEmpty())
        .toList();
  }

  /** Walks one header value. */
  private static final class Reader {

    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    void readInto(List<Challenge> challenges) {
      skipSeparators();
      while (at < text.length()) {
        String scheme = token();
        if (scheme.isEmpty()) {
          at++;
        } else {
          challenges.add(new Challenge(scheme.toLowerCase(Locale.ROOT), parameters()));
        }
        skipSeparators();
      }
    }

    private Map<String, String> parameters() {
      Map<String, String> parameters = new LinkedHashMap<>();
      while (true) {
        skipSeparators();
        int start = at;
        String name = token();
        skipBlanks();
        // A word without "=" is the next challenge's scheme.
        if (name.isEmpty() || at >= text.length() || text.charAt(at) != '=') {
          at = start;
          return parameters;
        }
        at++;
        skipBlanks();
        parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value());
      }
    }

    private String value() {
      if (at < text.length() && text.charAt(at) == '"') {
        return quoted();
      }
      int start = at;
      while (at < text.length() && text.charAt(at) != ',' && !isBlank(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    private String quoted() {
      StringBuilder value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      at = Math.min(at + 1, text.length());
      return value.toString();
    }

    private String token() {
      int start = at;
      while (at < text.length() && isToken(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    private void skipSeparators() {
      while (at < text.length() && (text.charAt(at) == ',' || isBlank(text.charAt(at)))) {
        at++;
      }
    }

    private void skipBlanks() {
      while (at < text.length() && isBlank(text.charAt(at))) {
        at++;
      }
    }

    private static boolean isBlank(char c) {
      return c == ' ' || c == '\t';
    }

    private static boolean isToken(char c) {
      return c > ' ' && c < 0x7f && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0;
    }
  }
}
