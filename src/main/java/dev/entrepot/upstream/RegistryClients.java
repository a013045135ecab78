package dev.entrepot.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.entrepot.credentials.CredentialContext;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.credentials.sources.CredentialSources;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.route.Route;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The registry clients of one configuration, one for each rule and registry that is met. */
public final class RegistryClients implements AutoCloseable {

  private static final int MOST = 1_000;

  private final Map<String, Upstream> upstreams = new LinkedHashMap<>();
  private final Cache<Key, RegistryClient> clients =
      Caffeine.newBuilder().maximumSize(MOST).build();
  private final InstantSource clock;
  private final Meters meters;
  private final Patience patience;
  private final UpstreamTrust trust;

  /** Reads the files the rules name; fails with {@link IllegalArgumentException} on a bad one. */
  public RegistryClients(
      List<UpstreamProperties> rules,
      TimeoutProperties timeouts,
      EgressProxy proxy,
      InstantSource clock,
      Meters meters) {
    this(rules, timeouts, proxy, clock, meters, Schedulers.parallel());
  }

  RegistryClients(
      List<UpstreamProperties> rules,
      TimeoutProperties timeouts,
      EgressProxy proxy,
      InstantSource clock,
      Meters meters,
      Scheduler timer) {
    this.clock = clock;
    this.meters = meters;
    this.patience = new Patience(timer, RandomGenerator.getDefault());
    this.trust = new UpstreamTrust(meters);
    for (UpstreamProperties rule : rules) {
      upstreams.computeIfAbsent(rule.match(), _ -> upstream(rule, timeouts, proxy));
    }
  }

  /** The client for this route's rule and registry. */
  public RegistryClient of(Route route) {
    return clients.get(new Key(route.rule(), route.registry()), this::client);
  }

  /** Answers under way are let finish. */
  @Override
  public void close() {
    upstreams.values().forEach(upstream -> upstream.transport().close());
    trust.close();
  }

  private Upstream upstream(
      UpstreamProperties rule, TimeoutProperties timeouts, EgressProxy proxy) {
    OutboundUrlPolicy policy = OutboundUrlPolicy.of(rule);
    UpstreamTrust.Contexts contexts = trust.contexts(rule.tls());
    return new Upstream(
        rule,
        policy,
        CredentialSources.of(
            rule.credentials(),
            new CredentialContext(rule.match(), clock, meters, proxy.selector(rule.proxy()))),
        new Transport(rule, policy, contexts, timeouts, proxy, clock, meters));
  }

  private RegistryClient client(Key key) {
    Upstream upstream = upstreams.get(key.rule());
    if (upstream == null) {
      throw new IllegalArgumentException("no upstream rule matches '" + key.rule() + "'");
    }
    OutboundUrlPolicy policy = upstream.policy();
    TokenExchange exchange = new TokenExchange(upstream.transport(), clock, meters);
    RegistryCalls calls =
        new RegistryCalls(
            new EndpointOrder(Endpoint.of(upstream.rule(), key.registry()), clock),
            policy,
            upstream.credentials(),
            new RegistryAuth(policy, exchange, new TokenCache(clock)),
            new RedirectWalk(upstream.transport(), policy),
            patience,
            clock);
    return new RegistryClient(upstream.rule(), calls, policy);
  }

  private record Key(String rule, RegistryHost registry) {}

  /** What all registries of a rule share. */
  private record Upstream(
      UpstreamProperties rule,
      OutboundUrlPolicy policy,
      CredentialSource credentials,
      Transport transport) {}
}
