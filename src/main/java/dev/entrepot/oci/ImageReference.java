package dev.entrepot.oci;

/**
 * An image as people write it: {@code nginx}, {@code ghcr.io/org/app:1.2}, {@code
 * registry.corp:5000/app@sha256:…}. A digest wins over a tag beside it, and neither means {@code
 * latest}.
 */
public record ImageReference(
    RegistryHost registry, RepositoryName repository, Reference reference) {

  private static final Tag LATEST = new Tag("latest");

  /** Reads one; fails with a {@link RegistryException} that says what is wrong with it. */
  public static ImageReference parse(String text) {
    int at = text.indexOf('@');
    String named = at < 0 ? text : text.substring(0, at);
    int slash = named.indexOf('/');
    String first = slash < 0 ? "" : named.substring(0, slash);
    boolean hasHost = first.contains(".") || first.contains(":") || first.equals("localhost");
    RegistryHost registry = hasHost ? new RegistryHost(first) : RegistryHost.DOCKER_HUB;
    String rest = hasHost ? named.substring(slash + 1) : named;
    int colon = rest.lastIndexOf(':');
    boolean hasTag = colon > rest.lastIndexOf('/');
    String name = hasTag ? rest.substring(0, colon) : rest;
    boolean official = registry.equals(RegistryHost.DOCKER_HUB) && name.indexOf('/') < 0;
    return new ImageReference(
        registry,
        new RepositoryName(official ? "library/" + name : name),
        at >= 0
            ? Digest.parse(text.substring(at + 1))
            : hasTag ? new Tag(rest.substring(colon + 1)) : LATEST);
  }

  @Override
  public String toString() {
    return registry + "/" + repository + (reference instanceof Digest ? "@" : ":") + reference;
  }
}
