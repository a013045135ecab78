package dev.entrepot.upstream;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.route.Route;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.tls.UpstreamTlsProperties;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** One rule for the registry {@code registry.test} and the client that follows from it. */
final class TestUpstream implements AutoCloseable {

  static final String REPOSITORY = "team/app";
  static final Duration SOON = Duration.ofSeconds(20);

  final MutableClock clock = MutableClock.create();

  private final List<URI> endpoints;
  private final List<String> realmHosts = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private String match = "registry.test";
  private CredentialProperties credentials = CredentialProperties.anonymous();
  private boolean privateNetwork;
  private boolean parent;
  private UpstreamTlsProperties tls = UpstreamTlsProperties.system();
  private TimeoutProperties timeouts = TimeoutProperties.defaults();
  private EgressProxy environment = EgressProxy.none();
  private Meters meters = Meters.unread();
  private Scheduler timer = Schedulers.parallel();
  private @Nullable RegistryClient client;

  private TestUpstream(List<URI> endpoints) {
    this.endpoints = endpoints;
  }

  static TestUpstream at(URI... endpoints) {
    return new TestUpstream(List.of(endpoints));
  }

  TestUpstream match(String other) {
    match = other;
    return this;
  }

  TestUpstream with(CredentialProperties other) {
    credentials = other;
    return this;
  }

  TestUpstream realmHost(String authority) {
    realmHosts.add(authority);
    return this;
  }

  TestUpstream privateNetwork() {
    privateNetwork = true;
    return this;
  }

  TestUpstream parent() {
    parent = true;
    return this;
  }

  TestUpstream trusting(Path ca) {
    tls = new UpstreamTlsProperties(ca, null, null, false);
    return this;
  }

  TestUpstream within(TimeoutProperties other) {
    timeouts = other;
    return this;
  }

  TestUpstream through(EgressProxy proxy) {
    environment = proxy;
    return this;
  }

  TestUpstream meters(Meters other) {
    meters = other;
    return this;
  }

  TestUpstream timer(Scheduler other) {
    timer = other;
    return this;
  }

  RegistryClient client() {
    if (client == null) {
      client = clientFor(route());
    }
    return client;
  }

  RegistryClient clientFor(Route other) {
    RegistryClients clients =
        new RegistryClients(List.of(properties()), timeouts, environment, clock, meters, timer);
    opened.add(clients);
    return clients.of(other);
  }

  /** A client with its credentials from there. */
  RegistryClient clientWith(CredentialSource source) {
    UpstreamTrust trust = new UpstreamTrust(meters);
    Surroundings surroundings =
        new Surroundings(
            timeouts,
            environment,
            clock,
            new OnwardClock(clock),
            meters,
            timer,
            RandomGenerator.getDefault(),
            trust);
    UpstreamProperties rule = properties();
    OutboundUrlPolicy policy = OutboundUrlPolicy.of(rule);
    Transport transport =
        new Transport(
            rule, policy, trust.contexts(rule.tls()), timeouts, environment, clock, meters);
    RuleClients clients = new RuleClients(rule, policy, source, transport, surroundings);
    opened.add(clients);
    return clients.of(route().registry());
  }

  Route route() {
    return routeTo("registry.test", REPOSITORY);
  }

  Route routeTo(String host, String repository) {
    RepositoryName name = new RepositoryName(repository);
    return new Route(match, new RepositoryAddress(new RegistryHost(host), name), name);
  }

  @Override
  public void close() {
    for (AutoCloseable one : opened) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException("tried to close the test's clients but could not", e);
      }
    }
  }

  private UpstreamProperties properties() {
    return new UpstreamProperties(
        match,
        endpoints,
        parent,
        credentials,
        List.of(),
        List.of(),
        null,
        tls,
        realmHosts,
        privateNetwork,
        List.of(),
        null,
        null);
  }
}
