package dev.entrepot.upstream;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which endpoint to try first: as configured, but those that just failed come last. */
final class EndpointOrder {

  private static final Duration REST = Duration.ofSeconds(30);

  private final List<Endpoint> endpoints;
  private final InstantSource clock;
  private final Map<Endpoint, Instant> failedAt = new ConcurrentHashMap<>();

  EndpointOrder(List<Endpoint> endpoints, InstantSource clock) {
    this.endpoints = List.copyOf(endpoints);
    this.clock = clock;
  }

  List<Endpoint> current() {
    Instant now = clock.instant();
    List<Endpoint> good = new ArrayList<>();
    List<Endpoint> resting = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      Instant failed = failedAt.get(endpoint);
      boolean rests = failed != null && now.isBefore(failed.plus(REST));
      (rests ? resting : good).add(endpoint);
    }
    good.addAll(resting);
    return good;
  }

  void failed(Endpoint endpoint) {
    failedAt.put(endpoint, clock.instant());
  }

  void worked(Endpoint endpoint) {
    failedAt.remove(endpoint);
  }
}
