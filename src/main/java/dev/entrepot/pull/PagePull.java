package dev.entrepot.pull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.UpstreamPage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Passes on upstream's lists of tags and referrers, repeated briefly: a controller that scans a
 * repository asks again and again. What upstream answers is never invented here, not even an empty
 * list.
 */
final class PagePull {

  private static final Duration REPEATED_FOR = Duration.ofSeconds(30);
  private static final long MOST_BYTES = 8L << 20;

  private final Origin origin;
  private final Cache<Wanted, UpstreamPage> recent;
  private final SingleFlight<Wanted, UpstreamPage> fetches = new SingleFlight<>();

  PagePull(Origin origin, InstantSource clock) {
    this.origin = origin;
    this.recent =
        Caffeine.newBuilder()
            .expireAfterWrite(REPEATED_FOR)
            .ticker(tickerOf(clock))
            .maximumWeight(MOST_BYTES)
            .weigher((Wanted _, UpstreamPage page) -> page.body().length)
            .build();
  }

  private static Ticker tickerOf(InstantSource clock) {
    return () -> {
      Instant now = clock.instant();
      return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    };
  }

  Mono<Answer.Page> tags(Route route, RegistryRequest.Tags asked) {
    return page(
        route,
        new Wanted(route.address(), "tags", asked.query()),
        () -> origin.client(route).flatMap(client -> client.getTags(route, asked.query())));
  }

  Mono<Answer.Page> referrers(Route route, RegistryRequest.Referrers asked) {
    return page(
        route,
        new Wanted(route.address(), asked.digest().toString(), asked.query()),
        () ->
            origin
                .client(route)
                .flatMap(client -> client.getReferrers(route, asked.digest(), asked.query())));
  }

  private Mono<Answer.Page> page(Route route, Wanted wanted, Supplier<Mono<UpstreamPage>> fetch) {
    return Mono.defer(
        () -> {
          UpstreamPage known = recent.getIfPresent(wanted);
          return known != null
              ? Mono.just(answer(route, known, CacheStatus.HIT))
              : fetches
                  .join(wanted, () -> fetch.get().doOnNext(page -> recent.put(wanted, page)))
                  .map(page -> answer(route, page, CacheStatus.PASSED));
        });
  }

  private static Answer.Page answer(Route route, UpstreamPage page, CacheStatus status) {
    return new Answer.Page(
        route, page.body(), page.mediaType(), page.nextQuery(), page.filtersApplied(), status);
  }

  private record Wanted(RepositoryAddress repository, String list, String query) {}
}
