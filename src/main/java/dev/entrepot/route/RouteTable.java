package dev.entrepot.route;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.oci.RequestedName;
import java.util.List;
import java.util.Optional;

/**
 * Finds the upstream a request means, among the configured ones only: a name that no rule matches
 * is refused without a look-up or a connection. Immutable; a changed configuration makes a new
 * table.
 */
public final class RouteTable {

  private final List<RouteRule> rules;
  private final Optional<RegistryHost> defaultUpstream;

  /**
   * Makes a table.
   *
   * @param rules the first that matches wins
   * @param defaultUpstream what a request means that names no upstream
   */
  public RouteTable(List<RouteRule> rules, Optional<RegistryHost> defaultUpstream) {
    this.rules = List.copyOf(rules);
    this.defaultUpstream = defaultUpstream;
    defaultUpstream.ifPresent(this::checkDefault);
  }

  private void checkDefault(RegistryHost host) {
    if (rules.stream().noneMatch(rule -> rule.match().matchesHost(host))) {
      throw new IllegalArgumentException(
          "default-upstream '" + host + "' is matched by no upstream: add one with match: " + host);
    }
  }

  /**
   * The route of a request.
   *
   * @param name the repository as the request's URL names it
   * @param hostHeader the name under which the client reached us; empty if it did not say
   * @throws RegistryException if no upstream is meant, or one that is not configured
   */
  public Route route(RequestedName name, String hostHeader) {
    Meant meant = meant(name, hostHeader);
    RepositoryName repository = meant.repository();
    RouteRule rule =
        rules.stream()
            .filter(candidate -> candidate.match().matches(meant.registry(), repository))
            .findFirst()
            .orElseThrow(() -> notConfigured(meant));
    return new Route(
        rule.match().toString(),
        new RepositoryAddress(meant.registry(), Rewrite.apply(rule.rewrite(), repository)),
        repository);
  }

  private Meant meant(RequestedName name, String hostHeader) {
    Optional<RegistryHost> first = name.firstSegmentAsHost();
    if (name.namespace().isPresent()) {
      boolean saidTwice = first.equals(name.namespace());
      return new Meant(name.namespace().get(), saidTwice ? name.afterFirstSegment() : name.path());
    }
    if (first.isPresent() && isConfigured(first.get())) {
      return new Meant(first.get(), name.afterFirstSegment());
    }
    if (first.isPresent() && name.hostFirst()) {
      throw noUpstreamBeforeApi(first.get());
    }
    return byHostHeader(hostHeader)
        .or(() -> defaultUpstream)
        .map(registry -> new Meant(registry, name.path()))
        .orElseThrow(() -> namesNone(name, first));
  }

  /**
   * A glob must not turn every first segment into a host: there, only what looks like one counts.
   */
  private boolean isConfigured(RegistryHost host) {
    boolean looksLikeHost = looksLikeHost(host);
    return rules.stream()
        .map(RouteRule::match)
        .anyMatch(
            match ->
                match
                    .exactHost()
                    .map(host::equals)
                    .orElse(looksLikeHost && match.matchesHost(host)));
  }

  private static boolean looksLikeHost(RegistryHost host) {
    return host.value().indexOf('.') >= 0 || host.value().indexOf(':') >= 0;
  }

  private Optional<RegistryHost> byHostHeader(String hostHeader) {
    return rules.stream()
        .filter(rule -> rule.isServedAs(hostHeader))
        .findFirst()
        .flatMap(rule -> rule.match().exactHost());
  }

  private static RegistryException namesNone(RequestedName name, Optional<RegistryHost> first) {
    // The remedy comes first: clients show no more than the start of the sentence.
    return new RegistryException(
        ErrorCode.NAME_INVALID,
        first
            .filter(RouteTable::looksLikeHost)
            .map(
                host ->
                    "'"
                        + host
                        + "' is no configured upstream; if a repository begins so, send"
                        + " ?ns=<registry>")
            .orElse(
                "no upstream is named: send ?ns=<registry>, or put the registry before '"
                    + name
                    + "'"));
  }

  private static RegistryException noUpstreamBeforeApi(RegistryHost host) {
    return new RegistryException(
        ErrorCode.NAME_INVALID,
        "is override_path = true missing? '" + host + "' before /v2/ is no configured upstream");
  }

  private static RegistryException notConfigured(Meant meant) {
    return new RegistryException(
        ErrorCode.DENIED,
        "registry '" + meant.registry() + "' is not among the configured upstreams");
  }

  /** What a request means, before any rule is looked at. */
  private record Meant(RegistryHost registry, String path) {

    RepositoryName repository() {
      RepositoryName name = new RepositoryName(path);
      boolean official = registry.equals(RegistryHost.DOCKER_HUB) && name.isSingleComponent();
      return official ? new RepositoryName("library/" + name) : name;
    }
  }
}
