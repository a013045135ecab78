package dev.entrepot.upstream;

import dev.entrepot.route.Rewrite;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings under an upstream's {@code rewrite}: another name for a repository. Either the start
 * of the name is replaced if it is {@code prefix}, or the first match of {@code regex}; other names
 * stay.
 *
 * <pre>
 * rewrite: {prefix: "library/", replacement: "hub/library/"}
 * rewrite: {regex: "^(.*)/(.*)$", replacement: "$1-$2"}
 * </pre>
 *
 * @param prefix the start of the name to replace; empty for "put the replacement in front"
 * @param regex a Java regular expression
 * @param replacement with {@code $1} and so on for the groups of {@code regex}
 */
public record RewriteProperties(
    @Nullable String prefix, @Nullable String regex, @Nullable String replacement) {

  public RewriteProperties {
    if ((prefix == null) == (regex == null)) {
      throw new IllegalArgumentException(
          "entrepot.upstreams[].rewrite has %s of the keys prefix and regex; set exactly one."
              .formatted(prefix == null ? "neither" : "both"));
    }
    replacement = replacement == null ? "" : replacement;
    if (regex != null) {
      try {
        // Groups that the replacement names but the expression lacks show up here already.
        Matcher matcher = Pattern.compile(regex + "|").matcher("");
        matcher.replaceFirst(replacement);
      } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "entrepot.upstreams[].rewrite.regex '%s' with replacement '%s' does not work: %s; correct the expression."
                .formatted(regex, replacement, e.getMessage()),
            e);
      }
    }
  }

  /** As routing applies it. */
  public Rewrite toRewrite() {
    String with = replacement == null ? "" : replacement;
    return prefix != null
        ? Rewrite.ofPrefix(prefix, with)
        : Rewrite.ofRegex(String.valueOf(regex), with);
  }
}
