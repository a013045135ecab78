package dev.entrepot.access;

import dev.entrepot.oci.RepositoryName;
import dev.entrepot.route.Glob;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which repositories of one upstream may be pulled.
 *
 * @param allow globs; if there are any, only what one of them matches
 * @param deny globs; they win over {@code allow}
 */
public record RepositoryRules(List<Pattern> allow, List<Pattern> deny) {

  /** Every repository. */
  public static final RepositoryRules ALL = new RepositoryRules(List.of(), List.of());

  public RepositoryRules {
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
  }

  /** Reads globs over repository names; an {@link IllegalArgumentException} says what is wrong. */
  public static RepositoryRules ofGlobs(List<String> allow, List<String> deny) {
    return new RepositoryRules(compile(allow), compile(deny));
  }

  private static List<Pattern> compile(List<String> globs) {
    return globs.stream().map(Glob::ofRepositories).toList();
  }

  AccessDecision decide(RepositoryName repository, String rule) {
    if (matchesAny(deny, repository)) {
      return denied(repository, "is denied by", rule);
    }
    if (!allow.isEmpty() && !matchesAny(allow, repository)) {
      return denied(repository, "is not allowed by", rule);
    }
    return new AccessDecision.Allowed();
  }

  private static AccessDecision denied(RepositoryName repository, String verb, String rule) {
    return new AccessDecision.Denied(
        "repository '" + repository + "' " + verb + " upstream rule '" + rule + "'");
  }

  private static boolean matchesAny(List<Pattern> globs, RepositoryName repository) {
    return globs.stream().anyMatch(glob -> glob.matcher(repository.value()).matches());
  }
}
