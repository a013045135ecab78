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
import java.util.function.Consumer;
import org.springframework.util.unit.DataSize;

/** Entrepot itself on a free port, wired as in production but without Spring. */
public final class TestingProxy implements AutoCloseable {

  private final ContentCache cache;
  private final RegistryClients clients;
  private final Optional<ServedCertificate> certificate;
  private final RegistryListener listener;

  private TestingProxy(Recipe recipe) {
    Meters meters = recipe.meters;
    CacheProperties cacheProperties = recipe.cache.properties();
    PullProperties pulls =
        new PullProperties(recipe.upstreams, recipe.defaultUpstream, recipe.offline);
    this.cache = ContentCache.open(cacheProperties, recipe.clock, meters);
    this.clients =
        new RegistryClients(
            recipe.upstreams, recipe.timeouts, EgressProxy.none(), recipe.clock, meters);
    Upstreams upstreams = Upstreams.of(pulls, clients);
    PullService service =
        new PullService(
            () -> upstreams, cache, cacheProperties, recipe.clock, meters, recipe.offline);
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
    private final CacheSettings cache;
    private Meters meters = Meters.unread();

    private Recipe(Path directory) {
      this.directory = directory;
      this.cache =
          CacheSettings.in(directory.resolve("cache"))
              .maxSize(DataSize.ofGigabytes(20))
              .minFree(DataSize.ofMegabytes(1))
              .scrub(Duration.ZERO)
              .resumeFor(Duration.ofSeconds(1));
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

    /** With other settings of its cache. */
    public Recipe cache(Consumer<CacheSettings> change) {
      change.accept(cache);
      return this;
    }

    public Recipe tagAges(Duration freshness, Duration maxStale) {
      return cache(settings -> settings.tagAges(freshness, maxStale));
    }

    /** Counts where the test can read it. */
    public Recipe meters(Meters counting) {
      this.meters = counting;
      return this;
    }

    public Recipe maxSize(DataSize size) {
      return cache(settings -> settings.maxSize(size));
    }

    public TestingProxy start() {
      return new TestingProxy(this);
    }
  }
}
