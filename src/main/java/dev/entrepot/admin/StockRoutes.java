package dev.entrepot.admin;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.entrepot.manifest.Manifest;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.pull.WarmReport;
import dev.entrepot.pull.Warming;
import dev.entrepot.stock.LocalStock;
import dev.entrepot.stock.PurgeTarget;
import dev.entrepot.stock.StockedImage;
import dev.entrepot.stock.VerifyReport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The part of the admin API that looks after the cache. No path that a client names is ever opened,
 * and no content is ever answered.
 */
final class StockRoutes {

  private final LocalStock stock;
  private final Warming warming;

  private StockRoutes(LocalStock stock, Warming warming) {
    this.stock = stock;
    this.warming = warming;
  }

  static RouterFunction<ServerResponse> of(LocalStock stock, Warming warming, AdminGuard guard) {
    StockRoutes routes = new StockRoutes(stock, warming);
    return route()
        .GET("/api/cache", _ -> json(stock.totals()))
        .GET("/api/images", routes::images)
        .GET("/api/images/show", request -> json(stock.show(image(request))))
        .GET("/api/content", request -> json(stock.show(digest(request))))
        .DELETE("/api/images", routes::purge)
        .PUT("/api/images", routes::admit)
        .PUT("/api/pins", routes::pin)
        .DELETE("/api/pins", routes::unpin)
        .POST("/api/verify", routes::verify)
        .POST("/api/warm", routes::warm)
        .POST("/api/content/missing", routes::missing)
        .PUT("/api/content", routes::take)
        .filter(guard)
        .build();
  }

  private Mono<ServerResponse> images(ServerRequest request) {
    return json(stock.images().collectList().map(Images::new));
  }

  /** What is stored, as JSON has it. */
  record Images(List<StockedImage> images) {}

  private Mono<ServerResponse> admit(ServerRequest request) {
    Descriptor root =
        new Descriptor(required(request, "mediaType"), digest(request), number(request, "size"));
    if (!Manifest.isManifest(root.mediaType())) {
      throw new IllegalArgumentException("'" + root.mediaType() + "' is no manifest's media type");
    }
    return json(
        toItsEnd(
            stock.admit(image(request), root, flag(request, "pin")).doOnNext(ChangeLog::imported)));
  }

  private Mono<ServerResponse> purge(ServerRequest request) {
    PurgeTarget target = target(request);
    return json(
        flag(request, "dryRun")
            ? stock.purge(target, true)
            : toItsEnd(
                stock.purge(target, false).doOnNext(purged -> ChangeLog.purged(target, purged))));
  }

  /** Whoever asked may leave: what is changed is written all the same. */
  private static <T> Mono<T> toItsEnd(Mono<T> change) {
    return Mono.defer(() -> Mono.fromFuture(change.toFuture(), true));
  }

  private Mono<ServerResponse> pin(ServerRequest request) {
    ImageReference image = image(request);
    return json(
        toItsEnd(stock.pin(image).doOnSuccess(_ -> ChangeLog.pinned(image)).thenReturn(Map.of())));
  }

  private Mono<ServerResponse> unpin(ServerRequest request) {
    ImageReference image = image(request);
    return json(
        toItsEnd(stock.unpin(image).doOnNext(was -> ChangeLog.unpinned(image, was)))
            .map(was -> Map.of("wasPinned", was)));
  }

  private Mono<ServerResponse> verify(ServerRequest request) {
    Optional<ImageReference> image = request.queryParam("image").map(ImageReference::parse);
    Mono<?> isKnown = image.<Mono<?>>map(stock::show).orElseGet(() -> Mono.just(true));
    Flux<VerifyReport> reports =
        stock.verify(image).doOnNext(report -> ChangeLog.verified(image, report));
    return isKnown.flatMap(_ -> lines(reports, VerifyReport.class));
  }

  private Mono<ServerResponse> warm(ServerRequest request) {
    return request
        .bodyToMono(WarmRequest.class)
        .flatMap(
            wanted -> {
              Flux<WarmReport> reports =
                  warming
                      .warm(
                          wanted.images().stream().map(ImageReference::parse).toList(),
                          wanted.platforms().stream().map(Platform::parse).toList())
                      .concatMap(report -> pinned(report, wanted.pin()))
                      .doOnNext(report -> ChangeLog.warmed(report, wanted.pin()));
              return lines(reports, WarmReport.class);
            });
  }

  private Mono<WarmReport> pinned(WarmReport report, boolean wanted) {
    return wanted && report.state() == WarmReport.State.DONE
        ? stock.pin(ImageReference.parse(report.image())).thenReturn(report)
        : Mono.just(report);
  }

  private Mono<ServerResponse> missing(ServerRequest request) {
    return request
        .bodyToMono(Digests.class)
        .flatMap(asked -> stock.missing(asked.digests().stream().map(Digest::parse).toList()))
        .flatMap(
            missing ->
                json(Mono.just(new Digests(missing.stream().map(Digest::toString).toList()))));
  }

  private Mono<ServerResponse> take(ServerRequest request) {
    return json(
        stock
            .take(
                digest(request),
                number(request, "size"),
                request.bodyToFlux(DataBuffer.class).map(StockRoutes::copied))
            .thenReturn(Map.of()));
  }

  /** A copy that nobody has to release. */
  private static ByteBuf copied(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return Unpooled.wrappedBuffer(bytes);
  }

  private static PurgeTarget target(ServerRequest request) {
    if (flag(request, "all")) {
      return new PurgeTarget.Everything();
    }
    if (request.queryParam("digest").isPresent()) {
      return new PurgeTarget.Content(digest(request));
    }
    return request
        .queryParam("repository")
        .<PurgeTarget>map(name -> new PurgeTarget.WholeRepository(ImageReference.parse(name)))
        .orElseGet(() -> new PurgeTarget.OneImage(image(request)));
  }

  private static ImageReference image(ServerRequest request) {
    return ImageReference.parse(required(request, "image"));
  }

  private static Digest digest(ServerRequest request) {
    return Digest.parse(required(request, "digest"));
  }

  private static long number(ServerRequest request, String name) {
    String text = required(request, name);
    if (!text.matches("[0-9]{1,18}")) {
      throw new IllegalArgumentException("'" + name + "' must be a number of bytes");
    }
    return Long.parseLong(text);
  }

  private static boolean flag(ServerRequest request, String name) {
    return request.queryParam(name).filter("true"::equals).isPresent();
  }

  private static String required(ServerRequest request, String name) {
    return request
        .queryParam(name)
        .orElseThrow(() -> new IllegalArgumentException("the request lacks '" + name + "'"));
  }

  private static Mono<ServerResponse> json(Mono<?> body) {
    return body.flatMap(
        one -> ServerResponse.ok().contentType(MediaType.APPLICATION_JSON).bodyValue(one));
  }

  /** One JSON document a line, as they come. */
  private static <T> Mono<ServerResponse> lines(Flux<T> reports, Class<T> type) {
    return ServerResponse.ok().contentType(MediaType.APPLICATION_NDJSON).body(reports, type);
  }
}
