package dev.entrepot.oci;

/**
 * One repository of one registry, such as {@code docker.io/library/nginx}: what a right to content
 * is about.
 */
public record RepositoryAddress(RegistryHost registry, RepositoryName repository) {

  @Override
  public String toString() {
    return registry + "/" + repository;
  }
}
