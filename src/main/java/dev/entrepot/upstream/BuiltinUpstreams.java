package dev.entrepot.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The well-known public registries, which are pulled from anonymously unless a rule says otherwise.
 */
public final class BuiltinUpstreams {

  private static final List<String> PUBLIC =
      List.of(
          "docker.io",
          "ghcr.io",
          "quay.io",
          "registry.k8s.io",
          "k8s.gcr.io",
          "gcr.io",
          "*.gcr.io",
          "**.pkg.dev",
          "public.ecr.aws",
          "mcr.microsoft.com",
          "registry.gitlab.com",
          "registry.access.redhat.com",
          "cgr.dev",
          "nvcr.io",
          "docker.elastic.co",
          "lscr.io");

  private BuiltinUpstreams() {}

  /** These rules, and behind them the built-in ones that none of them replaces. */
  public static List<UpstreamProperties> appendedTo(List<UpstreamProperties> configured) {
    Set<String> replaced =
        configured.stream().map(UpstreamProperties::match).collect(Collectors.toSet());
    List<UpstreamProperties> all = new ArrayList<>(configured);
    PUBLIC.stream()
        .filter(match -> !replaced.contains(match))
        .map(UpstreamProperties::anonymous)
        .forEach(all::add);
    return List.copyOf(all);
  }
}
