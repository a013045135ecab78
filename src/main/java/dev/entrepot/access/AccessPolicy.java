package dev.entrepot.access;

import dev.entrepot.route.Route;
import java.util.Map;

/**
 * Decides whether a routed request may be served. Immutable; a changed configuration makes a new
 * policy.
 */
public final class AccessPolicy {

  private final Map<String, RepositoryRules> rules;

  /**
   * Makes a policy.
   *
   * @param rules by the upstream rule they belong to ({@link Route#rule})
   */
  public AccessPolicy(Map<String, RepositoryRules> rules) {
    this.rules = Map.copyOf(rules);
  }

  /** Whether what this route leads to may be pulled. A rule that is not known denies. */
  public AccessDecision decide(Route route) {
    RepositoryRules repositories = rules.get(route.rule());
    return repositories == null
        ? new AccessDecision.Denied("no upstream rule '" + route.rule() + "' is configured")
        : repositories.decide(route.named(), route.rule());
  }
}
