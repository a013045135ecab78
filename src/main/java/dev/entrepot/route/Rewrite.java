package dev.entrepot.route;

import dev.entrepot.oci.RepositoryName;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a repository's name is changed for the upstream. */
public record Rewrite(Pattern from, String to) {

  public Rewrite {
    try {
      // The empty alternative matches here and now, so that a group that is missing is found now.
      Pattern.compile(from.pattern() + "|").matcher("").replaceFirst(to);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "rewrite of '" + from + "' to '" + to + "' is broken: " + e.getMessage(), e);
    }
  }

  /** Replaces the start of the name; names that do not begin so stay as they are. */
  public static Rewrite ofPrefix(String prefix, String replacement) {
    return new Rewrite(
        Pattern.compile("^" + Pattern.quote(prefix)), Matcher.quoteReplacement(replacement));
  }

  /** Replaces the first match of a regular expression; {@code $1} stands for its first group. */
  public static Rewrite ofRegex(String expression, String replacement) {
    return new Rewrite(Pattern.compile(expression), replacement);
  }

  RepositoryName apply(RepositoryName name) {
    return new RepositoryName(from.matcher(name.value()).replaceFirst(to));
  }

  static RepositoryName apply(Optional<Rewrite> rewrite, RepositoryName name) {
    return rewrite.map(rule -> rule.apply(name)).orElse(name);
  }
}
