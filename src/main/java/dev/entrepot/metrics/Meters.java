package dev.entrepot.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * What Entrepot counts. Upstreams are tagged by the {@code match} of their rule, a set the operator
 * bounds.
 */
public final class Meters {

  private final MeterRegistry registry;

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

  /** One attempt to get a credential from who mints it: minted, denied or failed. */
  public void credentialMinted(String upstream, String outcome) {
    registry.counter("entrepot.credentials", "upstream", upstream, "outcome", outcome).increment();
  }

  /** One attempt to get a token for an upstream. */
  public void tokenMinted(String upstream, String outcome) {
    registry.counter("entrepot.tokens", "upstream", upstream, "outcome", outcome).increment();
  }

  /**
   * One flight that ended: stored, mismatch, failed, or uncached when the disk would not take it.
   */
  public void flightEnded(String outcome) {
    registry.counter("entrepot.flights", "outcome", outcome).increment();
  }

  /** One piece of content that was evicted to make room. */
  public void evicted(long bytes) {
    registry.counter("entrepot.cache.evictions").increment();
    registry.counter("entrepot.cache.evicted.bytes").increment((double) bytes);
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

  /** Flights that are under way. */
  public void flightsUnderWay(Supplier<Number> count) {
    gauge("entrepot.flights.active", count);
  }

  private void gauge(String name, Supplier<Number> value) {
    Gauge.builder(name, value).strongReference(true).register(registry);
  }
}
