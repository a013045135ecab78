package dev.entrepot.route;

import dev.entrepot.oci.RepositoryName;
import java.util.Optional;
import java.util.regex.Pattern;

/** How a repository's name is changed for the upstream. */
public record Rewrite(Pattern from, String to) {

  /** Replaces the start of the name; names that do not begin so stay as they are. */
  public static Rewrite ofPrefix(String prefix, String replacement) {
    return new Rewrite(
        Pattern.compile("^" + Pattern.quote(prefix)),
        java.util.regex.Matcher.quoteReplacement(replacement));
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
