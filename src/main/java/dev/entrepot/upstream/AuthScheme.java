package dev.entrepot.upstream;

import dev.entrepot.oci.Challenge;
import dev.entrepot.oci.RepositoryName;
import java.net.URI;
import java.util.List;

/** What an endpoint wants to be shown, as far as its answers have told. */
sealed interface AuthScheme {

  /** Nothing so far. */
  record Unknown() implements AuthScheme {}

  /** User and password with every request. */
  record Basic() implements AuthScheme {}

  /**
   * A token from {@code realm}.
   *
   * @param service empty if none was named
   * @param scopes with {@link #NAME} where the repository's name was
   * @param orBasic whether user and password would do as well, as the registry says
   */
  record Bearer(URI realm, String service, List<String> scopes, boolean orBasic)
      implements AuthScheme {

    private static final String NAME = "{name}";

    /** Learns from a challenge about this repository. */
    static Bearer of(URI realm, Challenge challenge, RepositoryName name, boolean orBasic) {
      // To list the catalog is what some registries suppose a ping is for.
      List<String> asked =
          challenge.scopes().stream().filter(scope -> !scope.startsWith("registry:")).toList();
      List<String> scopes =
          asked.isEmpty()
              ? List.of("repository:" + NAME + ":pull")
              : asked.stream().map(scope -> generalised(scope, name.value())).distinct().toList();
      return new Bearer(realm, challenge.parameter("service").orElse(""), scopes, orBasic);
    }

    List<String> scopesFor(RepositoryName name) {
      return scopes.stream().map(scope -> scope.replace(NAME, name.value())).toList();
    }

    List<String> scopesWithoutRepository() {
      return scopes.stream().filter(scope -> !scope.contains(NAME)).toList();
    }

    /** Of what the challenge lists for a repository we need to pull and no more. */
    private static String generalised(String scope, String name) {
      int first = scope.indexOf(':');
      int last = scope.lastIndexOf(':');
      if (first < 0 || first == last) {
        return scope;
      }
      String type = scope.substring(0, first);
      String resource = scope.substring(first + 1, last);
      boolean pulls = List.of(scope.substring(last + 1).split(",")).contains("pull");
      String actions = type.equals("repository") && pulls ? "pull" : scope.substring(last + 1);
      boolean isName = resource.equals(name) || resource.endsWith("/" + name);
      String general =
          isName ? resource.substring(0, resource.length() - name.length()) + NAME : resource;
      return type + ":" + general + ":" + actions;
    }
  }
}
