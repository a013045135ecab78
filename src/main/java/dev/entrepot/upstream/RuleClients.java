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
  private final Patience patience;
  private final InstantSource clock;
  private final Meters meters;
  private final Cache<RegistryHost, RegistryClient> clients =
      Caffeine.newBuilder().maximumSize(MOST).build();

  RuleClients(
      UpstreamProperties rule,
      OutboundUrlPolicy policy,
      CredentialSource credentials,
      Transport transport,
      Patience patience,
      InstantSource clock,
      Meters meters) {
    this.rule = rule;
    this.policy = policy;
    this.credentials = credentials;
    this.transport = transport;
    this.patience = patience;
    this.clock = clock;
    this.meters = meters;
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
    TokenExchange exchange = new TokenExchange(transport, clock, meters);
    RegistryCalls calls =
        new RegistryCalls(
            new EndpointOrder(endpoints, clock),
            policy,
            credentials,
            new RegistryAuth(policy, exchange, new TokenCache(clock)),
            new RedirectWalk(transport, policy),
            patience,
            clock);
    return new RegistryClient(rule, endpoints, calls, policy);
  }
}
