package dev.entrepot.upstream;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code Content-Range} of a 206 answer, RFC 9110 section 14.4.
 *
 * @param total of the whole content, unless it is unknown
 */
record ContentRange(long first, long last, OptionalLong total) {

  private static final Pattern GRAMMAR =
      Pattern.compile("\\s*(?i:bytes)\\s+([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)\\s*");

  /** Empty if it cannot be read or contradicts itself. */
  static Optional<ContentRange> parse(String text) {
    Matcher matcher = GRAMMAR.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(matcher.group(1));
    long last = Long.parseLong(matcher.group(2));
    OptionalLong total =
        matcher.group(3).equals("*")
            ? OptionalLong.empty()
            : OptionalLong.of(Long.parseLong(matcher.group(3)));
    boolean sane = first <= last && (total.isEmpty() || last < total.getAsLong());
    return sane ? Optional.of(new ContentRange(first, last, total)) : Optional.empty();
  }
}
