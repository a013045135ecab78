package dev.entrepot.testing;

import dev.entrepot.access.ListenAddress;
import dev.entrepot.cache.CacheProperties;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.metrics.Meters;
import dev.entrepot.pull.PullProperties;
import dev.entrepot.pull.PullService;
import dev.entrepot.pull.Upstreams;
import dev.entrepot.tls.ServedCertificate;
import dev.entrepot.tls.TlsProperties;
import dev.entrepot.upstream.EgressProxy;
import dev.entrepot.upstream.RegistryClients;
import dev.entrepot.upstream.TimeoutProperties;
import dev.entrepot.upstream.UpstreamProperties;
import dev.entrepot.web.ClientLimits;
import dev.entrepot.web.RegistryListener;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.springframework.util.unit.DataSize;

/** Entrepot itself on a free port, wired as in production but without Spring. */
public final class TestingProxy implements AutoCloseable {

  private final ContentCache cache;
  private final RegistryClients clients;
  private final Optional<ServedCertificate> certificate;
  private final RegistryListener listener;

  private TestingProxy(Recipe recipe) {
    Meters meters = Meters.unread();
    PullProperties pulls =
        new PullProperties(recipe.upstreams, recipe.defaultUpstream, recipe.offline);
    this.cache = ContentCache.open(recipe.cache, recipe.clock, meters);
    this.clients =
        new RegistryClients(
            recipe.upstreams, recipe.timeouts, EgressProxy.none(), recipe.clock, meters);
    Upstreams upstreams = Upstreams.of(pulls, clients);
    PullService service =
        new PullService(() -> upstreams, cache, recipe.cache, recipe.clock, recipe.offline);
    this.certificate =
        recipe.tls.map(
            tls ->
                new ServedCertificate(
                    tls, List.of("h2", "http/1.1"), InstantSource.system(), _ -> {}));
    this.listener =
        new RegistryListener(
            ListenAddress.of("127.0.0.1:0"),
            certificate.map(ServedCertificate::context),
            service,
            recipe.clients,
            meters);
    listener.start();
  }

  /** How a proxy is to be set up; its cache and certificates lie in {@code directory}. */
  public static Recipe in(Path directory) {
    return new Recipe(directory);
  }

  /** Where clients reach it. */
  public URI uri() {
    return URI.create(listener.url() + "/");
  }

  /** {@code 127.0.0.1:port} */
  public String authority() {
    return "127.0.0.1:" + listener.port();
  }

  /** The PEM of the CA that clients must trust. */
  public String authorityPem() {
    return certificate.flatMap(ServedCertificate::authority).orElseThrow();
  }

  public ContentCache cache() {
    return cache;
  }

  public RegistryListener listener() {
    return listener;
  }

  @Override
  public void close() {
    listener.stop(Duration.ofSeconds(10));
    certificate.ifPresent(ServedCertificate::close);
    clients.close();
    cache.close();
  }

  /** What a proxy is made of; every method changes one thing from the defaults. */
  public static final class Recipe {

    private final Path directory;
    private List<UpstreamProperties> upstreams = List.of();
    private Optional<String> defaultUpstream = Optional.empty();
    private Optional<TlsProperties> tls = Optional.empty();
    private boolean offline;
    private InstantSource clock = InstantSource.system();
    private TimeoutProperties timeouts = TimeoutProperties.defaults();
    private ClientLimits clients = ClientLimits.stallingAtMost(timeouts.client());
    private CacheProperties cache;

    private Recipe(Path directory) {
      this.directory = directory;
      this.cache = cacheOf(DataSize.ofGigabytes(20), Duration.ofSeconds(60), Duration.ofDays(7));
    }

    private CacheProperties cacheOf(DataSize maxSize, Duration freshness, Duration maxStale) {
      return new CacheProperties(
          directory.resolve("cache"), maxSize, DataSize.ofMegabytes(1), freshness, maxStale);
    }

    public Recipe upstreams(UpstreamProperties... rules) {
      this.upstreams = List.of(rules);
      return this;
    }

    public Recipe defaultUpstream(String registry) {
      this.defaultUpstream = Optional.of(registry);
      return this;
    }

    /** Serves TLS with a certificate of its own CA. */
    public Recipe secured() {
      this.tls =
          Optional.of(
              new TlsProperties(true, directory.resolve("certs"), null, null, List.of(), null));
      return this;
    }

    /** Serves plain HTTP, as it does unless told. */
    public Recipe plain() {
      this.tls = Optional.empty();
      return this;
    }

    public Recipe offline() {
      this.offline = true;
      return this;
    }

    public Recipe clock(InstantSource instants) {
      this.clock = instants;
      return this;
    }

    public Recipe timeouts(TimeoutProperties limits) {
      this.timeouts = limits;
      return this;
    }

    public Recipe clients(ClientLimits limits) {
      this.clients = limits;
      return this;
    }

    public Recipe tagAges(Duration freshness, Duration maxStale) {
      this.cache = cacheOf(cache.maxSize(), freshness, maxStale);
      return this;
    }

    public Recipe maxSize(DataSize size) {
      this.cache = cacheOf(size, cache.tagFreshness(), cache.maxStale());
      return this;
    }

    public TestingProxy start() {
      return new TestingProxy(this);
    }
  }
}
