package dev.entrepot.cli;

import dev.entrepot.admin.AdminClient;
import dev.entrepot.admin.AdminUnreachableException;
import dev.entrepot.cache.CacheException;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.manifest.Platform;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.pull.LiveUpstreams;
import dev.entrepot.pull.PullService;
import dev.entrepot.pull.WarmReport;
import dev.entrepot.pull.Warming;
import dev.entrepot.stock.Addresses;
import dev.entrepot.stock.Awaited;
import dev.entrepot.stock.LocalStock;
import dev.entrepot.stock.Stock;
import dev.entrepot.stock.StockException;
import dev.entrepot.upstream.EgressProxy;
import dev.entrepot.upstream.RegistryClients;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The cache as a command uses it: through the server that has it open, or else opened by the
 * command itself.
 */
sealed interface OpenStock extends AutoCloseable {

  Stock stock();

  /** Pulls images; of each the last report is its outcome. */
  Flux<WarmReport> warm(List<ImageReference> images, List<Platform> platforms, boolean pinned);

  @Override
  void close();

  /** Finds out which, and says so to {@code err} if that is wanted. */
  static OpenStock open(Settings settings, StockOptions options, PrintWriter err) {
    Path directory = settings.cache().directory();
    if (options.admin().isPresent()) {
      AdminClient client = new AdminClient(options.admin().get(), directory);
      try {
        Awaited.of(client.totals());
      } catch (RuntimeException e) {
        client.close();
        throw e;
      }
      return said(new Running(client), options, err);
    }
    int port = settings.admin().listen().port();
    URI server = URI.create("http://" + local(settings) + ":" + port);
    if (port != 0) {
      AdminClient client = new AdminClient(server, directory);
      if (hasOpen(client, directory)) {
        return said(new Running(client), options, err);
      }
      client.close();
    }
    try {
      return said(new Stopped(settings), options, err);
    } catch (CacheException e) {
      throw e.isInUse()
          ? new StockException(
              "tried to use the cache directory %s but another process has it open and no admin API answers for it%s; name that server's with --admin"
                  .formatted(directory, port == 0 ? "" : " at " + server))
          : e;
    }
  }

  private static OpenStock said(OpenStock opened, StockOptions options, PrintWriter err) {
    if (options.verbose()) {
      err.println(
          opened instanceof Running
              ? "through the admin API of a running server"
              : "in the cache's directory itself");
    }
    return opened;
  }

  /** Where every address is listened on, this machine is reached at its loopback. */
  private static String local(Settings settings) {
    String host = settings.admin().listen().host();
    return switch (host) {
      case "0.0.0.0" -> "127.0.0.1";
      case "::" -> "[::1]";
      default -> host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    };
  }

  /** Another server may run there, with another cache. */
  private static boolean hasOpen(AdminClient client, Path directory) {
    try {
      Path theirs = Path.of(Awaited.of(client.totals()).directory());
      return Files.exists(directory) && Files.isSameFile(theirs, directory);
    } catch (AdminUnreachableException | StockException | IOException _) {
      return false;
    }
  }

  /** A server has it open. */
  record Running(AdminClient client) implements OpenStock {

    @Override
    public Stock stock() {
      return client;
    }

    @Override
    public Flux<WarmReport> warm(
        List<ImageReference> images, List<Platform> platforms, boolean pinned) {
      return client.warm(images, platforms, pinned);
    }

    @Override
    public void close() {
      client.close();
    }
  }

  /** No server has it open, so we do. */
  final class Stopped implements OpenStock {

    /** What outlives its reports is little. */
    private static final Duration LAST_FLIGHTS = Duration.ofSeconds(30);

    private final Settings settings;
    private final ContentCache cache;
    private final LiveUpstreams upstreams;
    private final LocalStock stock;

    private Stopped(Settings settings) {
      this.settings = settings;
      this.cache = ContentCache.open(settings.cache(), InstantSource.system(), Meters.unread());
      try {
        this.upstreams = upstreams(settings);
      } catch (RuntimeException e) {
        cache.close();
        throw e;
      }
      this.stock =
          new LocalStock(
              cache,
              new Addresses(image -> upstreams.get().route(image).address()),
              InstantSource.system());
    }

    private static LiveUpstreams upstreams(Settings settings) {
      return new LiveUpstreams(
          settings.pulls(),
          new RegistryClients(
              settings.allUpstreams(),
              settings.timeouts(),
              EgressProxy.from(System.getenv()),
              InstantSource.system(),
              Meters.unread()));
    }

    @Override
    public Stock stock() {
      return stock;
    }

    @Override
    public Flux<WarmReport> warm(
        List<ImageReference> images, List<Platform> platforms, boolean pinned) {
      PullService pulls =
          new PullService(
              upstreams,
              cache,
              settings.cache(),
              InstantSource.system(),
              Meters.unread(),
              settings.offline());
      return new Warming(pulls)
          .warm(images, platforms)
          .concatMap(
              report ->
                  pinned && report.state() == WarmReport.State.DONE
                      ? stock.pin(ImageReference.parse(report.image())).thenReturn(report)
                      : Mono.just(report));
    }

    @Override
    public void close() {
      Awaited.of(cache.drain(LAST_FLIGHTS).thenReturn(Optional.empty()));
      upstreams.close();
      cache.close();
    }
  }
}
