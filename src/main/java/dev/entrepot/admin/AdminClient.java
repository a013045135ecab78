package dev.entrepot.admin;

import dev.entrepot.cache.Purge;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.pull.WarmReport;
import dev.entrepot.stock.ContentUse;
import dev.entrepot.stock.ImageTree;
import dev.entrepot.stock.PurgeTarget;
import dev.entrepot.stock.Stock;
import dev.entrepot.stock.StockException;
import dev.entrepot.stock.StockedImage;
import dev.entrepot.stock.Totals;
import dev.entrepot.stock.VerifyReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The stock of a running server, through its admin API. */
public final class AdminClient implements Stock {

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration FIRST_ANSWER = Duration.ofSeconds(5);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();
  private final URI server;
  private final Path directory;

  /**
   * @param server such as {@code http://127.0.0.1:5444}
   * @param directory the cache's, where the key lies
   */
  public AdminClient(URI server, Path directory) {
    this.server = server;
    this.directory = directory;
  }

  @Override
  public Mono<Totals> totals() {
    return one("GET", "cache", new Query(), Totals.class)
        .timeout(FIRST_ANSWER, Mono.error(this::silent));
  }

  private AdminUnreachableException silent() {
    return new AdminUnreachableException(
        "tried to reach the admin API at %s but nothing answered within %d s"
            .formatted(server, FIRST_ANSWER.toSeconds()),
        null);
  }

  @Override
  public Flux<StockedImage> images() {
    return one("GET", "images", new Query(), StockRoutes.Images.class)
        .flatMapIterable(StockRoutes.Images::images);
  }

  @Override
  public Mono<ImageTree> show(ImageReference image) {
    return one("GET", "images/show", new Query().with("image", image), ImageTree.class);
  }

  @Override
  public Mono<ContentUse> show(Digest digest) {
    return one("GET", "content", new Query().with("digest", digest), ContentUse.class);
  }

  @Override
  public Mono<Purge.Purged> purge(PurgeTarget target, boolean rehearsal) {
    Query query =
        switch (target) {
          case PurgeTarget.OneImage(ImageReference image) -> new Query().with("image", image);
          case PurgeTarget.WholeRepository(ImageReference image) ->
              new Query().with("repository", image);
          case PurgeTarget.Content(Digest digest) -> new Query().with("digest", digest);
          case PurgeTarget.Everything _ -> new Query().with("all", true);
        };
    return one("DELETE", "images", query.with("dryRun", rehearsal), Purge.Purged.class);
  }

  @Override
  public Mono<Void> pin(ImageReference image) {
    return one("PUT", "pins", new Query().with("image", image), Object.class).then();
  }

  @Override
  public Mono<Boolean> unpin(ImageReference image) {
    return one("DELETE", "pins", new Query().with("image", image), Unpinned.class)
        .map(Unpinned::wasPinned);
  }

  private record Unpinned(boolean wasPinned) {}

  @Override
  public Flux<VerifyReport> verify(Optional<ImageReference> image) {
    Query query = new Query();
    image.ifPresent(one -> query.with("image", one));
    return many("verify", query, BodyPublishers.noBody(), VerifyReport.class);
  }

  /** Has the server pull images; see {@link dev.entrepot.pull.Warming#warm}. */
  public Flux<WarmReport> warm(
      List<ImageReference> images, List<Platform> platforms, boolean pinned) {
    WarmRequest wanted =
        new WarmRequest(
            images.stream().map(ImageReference::toString).toList(),
            platforms.stream().map(Platform::toString).toList(),
            pinned);
    return many("warm", new Query(), json(wanted), WarmReport.class);
  }

  @Override
  public Mono<List<Digest>> missing(Collection<Digest> digests) {
    Digests asked = new Digests(digests.stream().map(Digest::toString).toList());
    return Mono.fromFuture(
            () ->
                http.sendAsync(
                    request("POST", "content/missing", new Query(), json(asked)),
                    BodyHandlers.ofString()))
        .map(response -> read(response, Digests.class))
        .onErrorMap(IOException.class, this::unreachable)
        .map(missing -> missing.digests().stream().map(Digest::parse).toList());
  }

  @Override
  public Mono<Void> take(Digest digest, long size, Opening bytes) {
    Query query = new Query().with("digest", digest).with("size", size);
    BodyPublisher body = BodyPublishers.ofInputStream(() -> opened(bytes));
    return Mono.fromFuture(
            () ->
                http.sendAsync(
                    request("PUT", "content", query, sized(body, size)), BodyHandlers.ofString()))
        .map(response -> read(response, Object.class))
        .onErrorMap(IOException.class, this::unreachable)
        .then();
  }

  private static BodyPublisher sized(BodyPublisher body, long size) {
    return size == 0 ? BodyPublishers.noBody() : BodyPublishers.fromPublisher(body, size);
  }

  private static InputStream opened(Opening bytes) {
    try {
      return bytes.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Mono<ImageTree> admit(ImageReference image, Descriptor root, boolean pinned) {
    Query query =
        new Query()
            .with("image", image)
            .with("mediaType", root.mediaType())
            .with("digest", root.digest())
            .with("size", root.size())
            .with("pin", pinned);
    return one("PUT", "images", query, ImageTree.class);
  }

  private <T> Mono<T> one(String method, String path, Query query, Class<T> type) {
    return Mono.fromFuture(
            () ->
                http.sendAsync(
                    request(method, path, query, BodyPublishers.noBody()), BodyHandlers.ofString()))
        .map(response -> read(response, type))
        .onErrorMap(IOException.class, this::unreachable);
  }

  private <T> Flux<T> many(String path, Query query, BodyPublisher body, Class<T> type) {
    return Mono.fromFuture(
            () -> http.sendAsync(request("POST", path, query, body), BodyHandlers.ofLines()))
        .flatMapMany(
            response ->
                response.statusCode() == 200
                    ? lines(response.body(), type)
                    : Flux.error(
                        refusal(
                            response.statusCode(), String.join("\n", response.body().toList()))))
        .onErrorMap(IOException.class, this::unreachable)
        .onErrorMap(UncheckedIOException.class, this::unreachable);
  }

  private static <T> Flux<T> lines(Stream<String> lines, Class<T> type) {
    return Flux.fromStream(lines)
        .filter(line -> !line.isBlank())
        .map(line -> JSON.readValue(line, type))
        .subscribeOn(Schedulers.boundedElastic());
  }

  private HttpRequest request(String method, String path, Query query, BodyPublisher body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve("/api/" + path + query)).method(method, body);
    if (!method.equals("GET")) {
      request.header("Content-Type", "application/json");
    }
    AdminKey.find(directory).ifPresent(key -> request.header(AdminKey.HEADER, key));
    return request.build();
  }

  private <T> T read(HttpResponse<String> response, Class<T> type) {
    if (response.statusCode() != 200) {
      throw refusal(response.statusCode(), response.body());
    }
    try {
      return JSON.readValue(response.body(), type);
    } catch (JacksonException _) {
      throw notOurs();
    }
  }

  private StockException refusal(int status, String body) {
    try {
      return new StockException(JSON.readValue(body, AdminErrors.Body.class).error());
    } catch (JacksonException | NullPointerException _) {
      return status == 404 ? notOurs() : new StockException(server + " answered " + status);
    }
  }

  private StockException notOurs() {
    return new StockException(
        "what answers at %s is no Entrepot of this version".formatted(server));
  }

  private AdminUnreachableException unreachable(Throwable cause) {
    return new AdminUnreachableException(
        "tried to reach the admin API at %s but %s".formatted(server, cause), cause);
  }

  private static BodyPublisher json(Object body) {
    return BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
  }

  @Override
  public void close() {
    // An orderly close would wait for answers that nobody waits for any more.
    http.shutdownNow();
  }
}
