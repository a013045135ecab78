package dev.entrepot.pull;

import dev.entrepot.cache.CacheProperties;
import dev.entrepot.route.Route;
import java.time.Duration;
import java.util.function.Supplier;

/** How old an answer about a tag may be. */
final class TagAges {

  private final Supplier<Upstreams> upstreams;
  private final CacheProperties cache;

  TagAges(Supplier<Upstreams> upstreams, CacheProperties cache) {
    this.upstreams = upstreams;
    this.cache = cache;
  }

  /** For how long it is repeated without asking upstream. */
  Duration freshness(Route route) {
    return upstreams.get().tagFreshness().getOrDefault(route.rule(), cache.tagFreshness());
  }

  /** Until what age it is given at once while upstream is asked. */
  Duration givenAtOnce(Route route) {
    return freshness(route).plus(cache.staleWhileRevalidate());
  }

  /** For how long it stands in for an upstream in trouble. */
  Duration maxStale() {
    return cache.maxStale();
  }
}
