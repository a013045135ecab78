package dev.entrepot.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What Entrepot counts. Upstreams are tagged by the {@code match} of their rule, a set the operator
 * bounds.
 */
public final class Meters {

  private final MeterRegistry registry;
  private final ConcurrentHashMap<String, AtomicLong> latest = new ConcurrentHashMap<>();

  public Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Counts into a registry of its own that nobody reads. */
  public static Meters unread() {
    return new Meters(new SimpleMeterRegistry());
  }

  /**
   * One answered request.
   *
   * @param kind manifest, blob, tags, referrers, ping or other
   * @param outcome hit, miss, collapsed, stale, … or the error's name
   */
  public void served(String kind, String outcome, int status, long bytes, Duration duration) {
    registry
        .timer(
            "entrepot.requests", "kind", kind, "outcome", outcome, "status", String.valueOf(status))
        .record(duration);
    registry
        .counter("entrepot.response.bytes", "kind", kind, "outcome", outcome)
        .increment((double) bytes);
  }

  /** One connection ended for what its client did: stalled, slow-request or too-many. */
  public void clientCut(String why) {
    registry.counter("entrepot.clients.cut", "why", why).increment();
  }

  /** One request sent to an upstream and its status, or {@code error} if there was no answer. */
  public void upstreamAnswered(String upstream, String kind, String status, Duration duration) {
    registry
        .timer("entrepot.upstream.requests", "upstream", upstream, "kind", kind, "status", status)
        .record(duration);
  }

  /** Bytes of content received from an upstream. */
  public void upstreamBytes(String upstream, long bytes) {
    registry.counter("entrepot.upstream.bytes", "upstream", upstream).increment((double) bytes);
  }

  /** An upstream's endpoint is left alone (open), tried again (half-open) or works (closed). */
  public void endpointChanged(String upstream, String state) {
    registry
        .counter("entrepot.upstream.endpoint.changes", "upstream", upstream, "state", state)
        .increment();
  }

  /** An upstream asked us to slow down, and all requests to it wait. */
  public void quietBegun(String upstream) {
    registry.counter("entrepot.upstream.quiet", "upstream", upstream).increment();
  }

  /** A body was broken off because it came too slowly. */
  public void tooSlow(String upstream) {
    registry.counter("entrepot.upstream.too.slow", "upstream", upstream).increment();
  }

  /** How many pulls an upstream still grants, and of how many. */
  public void rateLimit(String upstream, long remaining, long limit) {
    latest("entrepot.upstream.ratelimit.remaining", upstream).set(remaining);
    latest("entrepot.upstream.ratelimit.limit", upstream).set(limit);
  }

  /**
   * One question whether we may still have what the cache holds: granted, denied, missing or
   * unanswered.
   */
  public void rightChecked(String upstream, String outcome) {
    registry.counter("entrepot.rights", "upstream", upstream, "outcome", outcome).increment();
  }

  /** One attempt to get a credential from who mints it: minted, denied or failed. */
  public void credentialMinted(String upstream, String outcome) {
    registry.counter("entrepot.credentials", "upstream", upstream, "outcome", outcome).increment();
  }

  /** One attempt to get a token for an upstream. */
  public void tokenMinted(String upstream, String outcome) {
    registry.counter("entrepot.tokens", "upstream", upstream, "outcome", outcome).increment();
  }

  /**
   * One flight that ended: stored, mismatch, failed, dropped, or uncached when the disk would not
   * take it; passed is a reader that had its own from upstream because of that.
   */
  public void flightEnded(String outcome) {
    registry.counter("entrepot.flights", "outcome", outcome).increment();
  }

  /**
   * Requests that a flight made besides its first: resumed where one broke, restarted where the
   * source has no ranges, retried where one had brought nothing or something else than the digest
   * says, or ahead for a reader.
   */
  public void flightRequests(String why, int count) {
    registry.counter("entrepot.flights.requests", "why", why).increment(count);
  }

  /**
   * One piece of content that was evicted to make room.
   *
   * @param cause size, free-space, or disk-full when the disk was before it should have been
   */
  public void evicted(String cause, long bytes) {
    registry.counter("entrepot.cache.evictions", "cause", cause).increment();
    registry.counter("entrepot.cache.evicted.bytes", "cause", cause).increment((double) bytes);
  }

  /**
   * One piece of stored content that was dropped because it was not what it should be.
   *
   * @param found when: look, read, verify, scrub or check
   */
  public void damaged(String found) {
    registry.counter("entrepot.cache.damaged", "found", found).increment();
  }

  /** Bytes that were read again in the background. */
  public void scrubbed(long bytes) {
    registry.counter("entrepot.cache.scrubbed.bytes").increment((double) bytes);
  }

  /** One failed use of the cache's disk. */
  public void diskFailed(String operation) {
    registry.counter("entrepot.cache.disk.failures", "operation", operation).increment();
  }

  /** One look at a file that is reloaded on change: loaded, or failed when the old one was kept. */
  public void reloaded(String what, String outcome) {
    registry.counter("entrepot.reloads", "what", what, "outcome", outcome).increment();
  }

  /** Bytes the cache holds. */
  public void cacheSize(Supplier<Number> bytes) {
    gauge("entrepot.cache.bytes", bytes);
  }

  /** Pieces of content the cache holds. */
  public void cacheEntries(Supplier<Number> count) {
    gauge("entrepot.cache.entries", count);
  }

  /** Bytes the cache holds of what pinned images need. */
  public void pinnedSize(Supplier<Number> bytes) {
    gauge("entrepot.cache.pinned.bytes", bytes);
  }

  /** Whether the cache's disk is left alone after a failure: 1, else 0. */
  public void cacheDegraded(Supplier<Number> isDegraded) {
    gauge("entrepot.cache.degraded", isDegraded);
  }

  /** Flights that are under way. */
  public void flightsUnderWay(Supplier<Number> count) {
    gauge("entrepot.flights.active", count);
  }

  private AtomicLong latest(String name, String upstream) {
    return latest.computeIfAbsent(
        name + " " + upstream,
        _ -> {
          AtomicLong value = new AtomicLong();
          Gauge.builder(name, value, AtomicLong::doubleValue)
              .tag("upstream", upstream)
              .strongReference(true)
              .register(registry);
          return value;
        });
  }

  private void gauge(String name, Supplier<Number> value) {
    Gauge.builder(name, value).strongReference(true).register(registry);
  }
}
