package dev.entrepot.credentials.exec;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pattern language of Go's {@code filepath.Match}, for one label of a host: {@code *}, {@code
 * ?}, {@code [a-z]}, {@code [^a-z]} and a backslash before what is meant literally.
 */
final class LabelGlob {

  private static final String CHARACTER = "(?:\\\\.|[^\\\\\\]-])";
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<any>\\*)|(?<one>\\?)|\\[(?<not>\\^?)(?<ranges>(?:%1$s(?:-%1$s)?)+)]|\\\\(?<escaped>.)|(?<plain>[^\\[\\\\])"
              .formatted(CHARACTER));
  private static final Pattern RANGE =
      Pattern.compile("(?<low>%1$s)(?:-(?<high>%1$s))?".formatted(CHARACTER));

  private LabelGlob() {}

  /** The regular expression of the glob; none if it is malformed and so matches nothing. */
  static Optional<Pattern> of(String glob) {
    StringBuilder expression = new StringBuilder();
    Matcher token = TOKEN.matcher(glob);
    int done = 0;
    while (done < glob.length()) {
      if (!token.find(done) || token.start() != done) {
        return Optional.empty();
      }
      Optional<String> piece = expression(token);
      if (piece.isEmpty()) {
        return Optional.empty();
      }
      expression.append(piece.get());
      done = token.end();
    }
    return Optional.of(Pattern.compile(expression.toString()));
  }

  private static Optional<String> expression(Matcher token) {
    if (token.group("any") != null) {
      return Optional.of(".*");
    }
    if (token.group("one") != null) {
      return Optional.of(".");
    }
    String ranges = token.group("ranges");
    if (ranges != null) {
      return ranges(ranges).map(inside -> "[" + token.group("not") + inside + "]");
    }
    String escaped = token.group("escaped");
    return Optional.of(Pattern.quote(escaped == null ? token.group("plain") : escaped));
  }

  private static Optional<String> ranges(String text) {
    StringBuilder inside = new StringBuilder();
    Matcher range = RANGE.matcher(text);
    while (range.find()) {
      char low = last(range.group("low"));
      char high = range.group("high") == null ? low : last(range.group("high"));
      if (high < low) {
        return Optional.empty();
      }
      inside.append("\\x{%x}-\\x{%x}".formatted((int) low, (int) high));
    }
    return Optional.of(inside.toString());
  }

  private static char last(String character) {
    return character.charAt(character.length() - 1);
  }
}
