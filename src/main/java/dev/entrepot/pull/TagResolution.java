package dev.entrepot.pull;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.cache.Links;
import dev.entrepot.cache.TagRecord;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.RegistryClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What a tag points to. A fresh answer is repeated without asking; an aged one is confirmed with
 * HEAD, which no registry counts as a pull; while upstream is in trouble the last answer is given,
 * up to an age. An upstream that says no is believed.
 */
final class TagResolution {

  private static final Logger log = LoggerFactory.getLogger(TagResolution.class);

  /** For how long upstream is waited for when there is an earlier answer to give. */
  private static final Duration PATIENCE_WITH_ANSWER = Duration.ofSeconds(5);

  private final ContentCache cache;
  private final Origin origin;
  private final TagAges ages;
  private final InstantSource clock;
  private final SingleFlight<Wanted, Resolved> revalidations = new SingleFlight<>();

  TagResolution(ContentCache cache, Origin origin, TagAges ages, InstantSource clock) {
    this.cache = cache;
    this.origin = origin;
    this.ages = ages;
    this.clock = clock;
  }

  Mono<Resolved> resolve(Route route, Tag tag) {
    return cache
        .tags()
        .find(route.address(), tag)
        .flatMap(
            known ->
                known
                    .filter(record -> mayRepeat(route, record))
                    .map(record -> Mono.just(new Resolved(record.descriptor(), CacheStatus.HIT)))
                    .orElseGet(
                        () ->
                            revalidations.join(
                                new Wanted(route.address(), tag),
                                () -> revalidate(route, tag, known))));
  }

  private boolean mayRepeat(Route route, TagRecord record) {
    return origin.isOffline() || age(record).compareTo(ages.freshness(route)) < 0;
  }

  private Mono<Resolved> revalidate(Route route, Tag tag, Optional<TagRecord> known) {
    Mono<Descriptor> asked = origin.client(route).flatMap(client -> ask(client, route, tag));
    Mono<Descriptor> inTime =
        asked
            .timeout(PATIENCE_WITH_ANSWER)
            .onErrorMap(TimeoutException.class, _ -> tooSlow(route, tag));
    return (known.isPresent() ? inTime : asked)
        .flatMap(descriptor -> remember(route, tag, descriptor, known))
        .onErrorResume(RegistryException.class, error -> without(route, tag, known, error));
  }

  /** HEAD, or GET where HEAD does not say enough to be passed on. */
  private Mono<Descriptor> ask(RegistryClient client, Route route, Tag tag) {
    return client
        .headManifest(route, tag)
        .flatMap(described -> Mono.justOrEmpty(Described.fully(described)))
        .switchIfEmpty(
            Mono.defer(() -> client.getManifest(route, tag))
                .flatMap(
                    fetched ->
                        cache
                            .store(fetched.descriptor().digest(), fetched.bytes())
                            .thenReturn(fetched.descriptor())));
  }

  private Mono<Resolved> remember(
      Route route, Tag tag, Descriptor descriptor, Optional<TagRecord> known) {
    CacheStatus status =
        known
            .map(
                record ->
                    record.descriptor().digest().equals(descriptor.digest())
                        ? CacheStatus.REVALIDATED
                        : CacheStatus.CHANGED)
            .orElse(CacheStatus.MISS);
    RepositoryAddress repository = route.address();
    return cache
        .links()
        .prove(repository, Links.Kind.MANIFEST, descriptor)
        .then(cache.tags().put(repository, tag, new TagRecord(descriptor, clock.instant())))
        .thenReturn(new Resolved(descriptor, status));
  }

  private Mono<Resolved> without(
      Route route, Tag tag, Optional<TagRecord> known, RegistryException error) {
    if (error.code().isNotFound()) {
      return cache.tags().remove(route.address(), tag).then(Mono.error(error));
    }
    return known
        .filter(_ -> error.code().isUpstreamTrouble())
        .filter(record -> age(record).compareTo(ages.maxStale()) < 0)
        .map(
            record -> {
              log.warn(
                  "serving stale tag repository={} tag={} age={} cause=\"{}\"",
                  route.address(),
                  tag,
                  age(record),
                  error.explanation());
              return Mono.just(
                  new Resolved(record.descriptor(), CacheStatus.stale(error.code().status())));
            })
        .orElseGet(() -> Mono.error(error));
  }

  private Duration age(TagRecord record) {
    // A record from the future, after the clock was set back, is as old as it is far away.
    return Duration.between(record.checked(), clock.instant()).abs();
  }

  private static RegistryException tooSlow(Route route, Tag tag) {
    return new RegistryException(
        ErrorCode.UPSTREAM_UNREACHABLE,
        "tried to ask what tag "
            + tag
            + " of "
            + route.address()
            + " points to but upstream took too long");
  }

  /** What a tag points to, and how that was found. */
  record Resolved(Descriptor descriptor, CacheStatus status) {}

  private record Wanted(RepositoryAddress repository, Tag tag) {}
}
