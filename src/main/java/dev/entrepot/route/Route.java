package dev.entrepot.route;

import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;

/**
 * Where a request goes.
 *
 * @param rule the {@code match} of the upstream's rule, as the operator wrote it; it names the rule
 *     in every message
 * @param address the registry the client named, and the repository as upstream calls it: what
 *     content is cached under
 * @param named the repository as images name it, before any rewrite: what {@code allow} and {@code
 *     deny} speak of
 */
public record Route(String rule, RepositoryAddress address, RepositoryName named) {

  /** The registry the client named. */
  public RegistryHost registry() {
    return address.registry();
  }

  /** The repository as upstream calls it. */
  public RepositoryName repository() {
    return address.repository();
  }
}
