package dev.entrepot.upstream;

import dev.entrepot.route.Rewrite;
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
 * @param regex a Java regular expression, whose first match is replaced
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
    try {
      rewrite(prefix, regex, replacement);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "entrepot.upstreams[].rewrite.regex '%s' with replacement '%s' does not work: %s; correct the expression."
              .formatted(regex, replacement, e.getMessage()),
          e);
    }
  }

  /** As routing applies it. */
  public Rewrite toRewrite() {
    return rewrite(prefix, regex, replacement == null ? "" : replacement);
  }

  private static Rewrite rewrite(
      @Nullable String prefix, @Nullable String regex, String replacement) {
    return prefix != null
        ? Rewrite.ofPrefix(prefix, replacement)
        : Rewrite.ofRegex(String.valueOf(regex), replacement);
  }
}
