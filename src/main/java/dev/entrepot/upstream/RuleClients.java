package dev.entrepot.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import java.time.InstantSource;
import java.util.List;

/** The registry clients of one rule, and what all of them share. */
final class RuleClients implements AutoCloseable {

  private static final int MOST = 1_000;

  private final UpstreamProperties rule;
  private final OutboundUrlPolicy policy;
  private final CredentialSource credentials;
  private final Transport transport;
  private final Surroundings surroundings;
  private final Cache<RegistryHost, RegistryClient> clients =
      Caffeine.newBuilder().maximumSize(MOST).build();

  RuleClients(
      UpstreamProperties rule,
      OutboundUrlPolicy policy,
      CredentialSource credentials,
      Transport transport,
      Surroundings surroundings) {
    this.rule = rule;
    this.policy = policy;
    this.credentials = credentials;
    this.transport = transport;
    this.surroundings = surroundings;
  }

  UpstreamProperties rule() {
    return rule;
  }

  RegistryClient of(RegistryHost registry) {
    return clients.get(registry, this::client);
  }

  /** Answers under way are let finish. */
  @Override
  public void close() {
    transport.close();
  }

  private RegistryClient client(RegistryHost registry) {
    List<Endpoint> endpoints = Endpoint.of(rule, registry);
    String upstream = rule.match();
    InstantSource clock = surroundings.clock();
    OnwardClock onward = surroundings.onward();
    Meters meters = surroundings.meters();
    TokenExchange exchange = new TokenExchange(transport, clock, meters);
    RegistryCalls calls =
        new RegistryCalls(
            new Failover(
                endpoints.stream()
                    .map(endpoint -> new EndpointHealth(upstream, endpoint, onward, meters))
                    .toList(),
                surroundings.timeouts().headers(),
                onward,
                surroundings.timer(),
                surroundings.random()),
            policy,
            credentials,
            new RegistryAuth(policy, exchange, new TokenCache(clock)),
            new RedirectWalk(transport, policy),
            new Patience(upstream, onward, surroundings.timer(), surroundings.random(), meters),
            new RateLimits(upstream, clock, meters),
            clock);
    return new RegistryClient(rule, endpoints, calls, policy, onward);
  }
}
