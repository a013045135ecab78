package dev.entrepot.pull;

import dev.entrepot.access.AccessPolicy;
import dev.entrepot.access.RepositoryRules;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RequestedName;
import dev.entrepot.route.HostPattern;
import dev.entrepot.route.Route;
import dev.entrepot.route.RouteRule;
import dev.entrepot.route.RouteTable;
import dev.entrepot.upstream.RegistryClients;
import dev.entrepot.upstream.RewriteProperties;
import dev.entrepot.upstream.UpstreamProperties;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that follows from the configured upstreams, as one immutable snapshot.
 *
 * @param tagFreshness by rule, where it differs from the cache's
 */
public record Upstreams(
    RouteTable routes,
    AccessPolicy access,
    RegistryClients clients,
    Map<String, Duration> tagFreshness) {

  public Upstreams {
    tagFreshness = Map.copyOf(tagFreshness);
  }

  /**
   * What follows from these settings.
   *
   * @throws IllegalArgumentException if they contradict each other; the message says what would be
   *     right
   */
  public static Upstreams of(PullProperties settings, RegistryClients clients) {
    List<UpstreamProperties> rules = settings.upstreams();
    return new Upstreams(
        new RouteTable(
            rules.stream().map(Upstreams::routeRule).toList(),
            settings.defaultUpstream().map(Upstreams::defaultUpstream)),
        new AccessPolicy(repositoryRules(rules)),
        clients,
        tagFreshness(rules));
  }

  /** Where an image is pulled from; fails with a {@link RegistryException} if from nowhere. */
  public Route route(ImageReference image) {
    return routes.route(
        new RequestedName(Optional.of(image.registry()), image.repository().value(), false), "");
  }

  private static RegistryHost defaultUpstream(String text) {
    try {
      return new RegistryHost(text);
    } catch (RegistryException _) {
      throw new IllegalArgumentException(
          "entrepot.default-upstream is '" + text + "'; name a registry such as docker.io");
    }
  }

  private static RouteRule routeRule(UpstreamProperties rule) {
    return new RouteRule(
        HostPattern.parse(rule.match()),
        rule.servedAs(),
        Optional.ofNullable(rule.rewrite()).map(RewriteProperties::toRewrite));
  }

  private static Map<String, RepositoryRules> repositoryRules(List<UpstreamProperties> rules) {
    Map<String, RepositoryRules> repositories = new HashMap<>();
    for (UpstreamProperties rule : rules) {
      RepositoryRules earlier =
          repositories.put(rule.match(), RepositoryRules.ofGlobs(rule.allow(), rule.deny()));
      if (earlier != null) {
        throw new IllegalArgumentException(
            "entrepot.upstreams has two rules with match '"
                + rule.match()
                + "'; only the first would ever be used, so join them");
      }
    }
    return repositories;
  }

  private static Map<String, Duration> tagFreshness(List<UpstreamProperties> rules) {
    Map<String, Duration> freshness = new HashMap<>();
    for (UpstreamProperties rule : rules) {
      Duration own = rule.tagFreshness();
      if (own != null) {
        freshness.put(rule.match(), own);
      }
    }
    return freshness;
  }
}
