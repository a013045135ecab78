package dev.entrepot.testing;

import java.time.Instant;
import java.util.List;

/** What a token says: who may do what, from when, until when. */
public record TokenGrant(
    String subject, String service, List<String> scopes, Instant issued, Instant expires) {

  public TokenGrant {
    scopes = List.copyOf(scopes);
  }

  /**
   * Whether a scope entry lets its bearer pull the repository; ECR Public's {@code aws} covers all.
   */
  public boolean allowsPull(String repository) {
    return repository.isEmpty()
        || scopes.contains("aws")
        || scopes.stream().anyMatch(scope -> covers(scope, repository));
  }

  private static boolean covers(String scope, String repository) {
    int actions = scope.lastIndexOf(':');
    return actions > 0
        && scope.substring(0, actions).equals("repository:" + repository)
        && List.of(scope.substring(actions + 1).split(",")).contains("pull");
  }
}
