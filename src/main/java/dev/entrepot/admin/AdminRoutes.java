package dev.entrepot.admin;

import static org.springframework.web.reactive.function.server.RequestPredicates.GET;
import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.BooleanSupplier;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What the admin listener answers. */
final class AdminRoutes {

  private static final MediaType PROMETHEUS =
      MediaType.parseMediaType("text/plain;version=0.0.4;charset=utf-8");

  private AdminRoutes() {}

  /**
   * The routes.
   *
   * @param isDegraded whether the cache's disk is in trouble; pulls go on all the same
   */
  static RouterFunction<ServerResponse> of(
      ApplicationAvailability availability,
      BooleanSupplier isDegraded,
      PrometheusMeterRegistry metrics) {
    return route(GET("/livez"), _ -> say(HttpStatus.OK, "alive"))
        .andRoute(GET("/readyz"), _ -> readiness(availability, isDegraded))
        .andRoute(GET("/metrics"), _ -> scrape(metrics));
  }

  private static Mono<ServerResponse> readiness(
      ApplicationAvailability availability, BooleanSupplier isDegraded) {
    if (availability.getReadinessState() != ReadinessState.ACCEPTING_TRAFFIC) {
      return say(HttpStatus.SERVICE_UNAVAILABLE, "not ready: starting or shutting down");
    }
    return say(
        HttpStatus.OK,
        isDegraded.getAsBoolean()
            ? "ready, degraded: the cache's disk is in trouble, pulls pass through"
            : "ready");
  }

  private static Mono<ServerResponse> scrape(PrometheusMeterRegistry metrics) {
    return Mono.fromCallable(metrics::scrape)
        .subscribeOn(Schedulers.parallel())
        .flatMap(text -> ServerResponse.ok().contentType(PROMETHEUS).bodyValue(text));
  }

  private static Mono<ServerResponse> say(HttpStatus status, String text) {
    return ServerResponse.status(status).contentType(MediaType.TEXT_PLAIN).bodyValue(text + "\n");
  }
}
