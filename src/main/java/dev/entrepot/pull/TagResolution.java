package dev.entrepot.pull;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.cache.Links;
import dev.entrepot.cache.TagRecord;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import dev.entrepot.pull.MissingMemory.Missed;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.RegistryClient;
import dev.entrepot.upstream.UpstreamDescriptor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
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

  /** A warm answer has to come within 1.5 s; upstream's may come later, for the next request. */
  private static final Duration PATIENCE_WITH_ANSWER = Duration.ofSeconds(1);

  private final ContentCache cache;
  private final Origin origin;
  private final TagAges ages;
  private final InstantSource clock;
  private final Rights rights;
  private final MissingMemory missing;
  private final SingleFlight<Wanted, Resolved> revalidations = new SingleFlight<>();

  TagResolution(
      ContentCache cache,
      Origin origin,
      TagAges ages,
      InstantSource clock,
      Rights rights,
      MissingMemory missing) {
    this.cache = cache;
    this.origin = origin;
    this.ages = ages;
    this.clock = clock;
    this.rights = rights;
    this.missing = missing;
  }

  Mono<Resolved> resolve(Route route, Tag tag) {
    return cache
        .tags()
        .find(route.address(), tag)
        .flatMap(
            known ->
                known.map(record -> again(route, tag, record)).orElseGet(() -> anew(route, tag)));
  }

  private Mono<Resolved> anew(Route route, Tag tag) {
    return missing.unlessMissing(
        Missed.manifest(route.address(), tag),
        () ->
            revalidations.join(
                new Wanted(route.address(), tag), () -> revalidate(route, tag, Optional.empty())));
  }

  private Mono<Resolved> again(Route route, Tag tag, TagRecord known) {
    Duration age = age(known);
    if (origin.isOffline() || age.compareTo(ages.freshness(route)) < 0) {
      rights.allowedAt(route.address(), clock.instant().minus(age));
      return Mono.just(new Resolved(known.descriptor(), CacheStatus.HIT));
    }
    Wanted wanted = new Wanted(route.address(), tag);
    Supplier<Mono<Resolved>> question = () -> revalidate(route, tag, Optional.of(known));
    if (age.compareTo(ages.givenAtOnce(route)) < 0) {
      revalidations.begin(
          wanted, () -> question.get().doOnError(error -> notRevalidated(route, tag, error)));
      return Mono.just(new Resolved(known.descriptor(), CacheStatus.REVALIDATING));
    }
    Mono<Resolved> asked = revalidations.join(wanted, question);
    return age.compareTo(ages.maxStale()) < 0
        ? asked
            .timeout(PATIENCE_WITH_ANSWER)
            .onErrorMap(TimeoutException.class, _ -> tooSlow(route, tag))
            .onErrorResume(RegistryException.class, error -> stale(route, tag, known, error))
        : asked;
  }

  private Mono<Resolved> revalidate(Route route, Tag tag, Optional<TagRecord> known) {
    return rights
        .learningFrom(route, origin.client(route).flatMap(client -> ask(client, route, tag, known)))
        .flatMap(descriptor -> remember(route, tag, descriptor, known))
        .onErrorResume(
            RegistryException.class,
            error -> {
              if (!error.code().isNotFound()) {
                return Mono.error(error);
              }
              missing.missed(Missed.manifest(route.address(), tag), error);
              return cache.tags().remove(route.address(), tag).then(Mono.error(error));
            });
  }

  /** HEAD, or GET where HEAD says less than is known and has to be passed on. */
  private Mono<Descriptor> ask(
      RegistryClient client, Route route, Tag tag, Optional<TagRecord> known) {
    return client
        .headManifest(route, tag)
        .flatMap(described -> described(route, described, known))
        .switchIfEmpty(
            Mono.defer(() -> client.getManifest(route, tag))
                .flatMap(
                    fetched ->
                        cache
                            .store(fetched.descriptor().digest(), fetched.bytes())
                            .thenReturn(fetched.descriptor())));
  }

  /** A digest alone will do if we know what it is the digest of: GET would count as a pull. */
  private Mono<Descriptor> described(
      Route route, UpstreamDescriptor said, Optional<TagRecord> known) {
    Optional<Descriptor> whole = Described.fully(said);
    if (whole.isPresent() || said.digest().isEmpty()) {
      return Mono.justOrEmpty(whole);
    }
    Digest digest = said.digest().get();
    Optional<Descriptor> same =
        known.map(TagRecord::descriptor).filter(target -> target.digest().equals(digest));
    return same.map(Mono::just)
        .orElseGet(
            () ->
                cache
                    .links()
                    .find(route.address(), Links.Kind.MANIFEST, digest)
                    .flatMap(Mono::justOrEmpty));
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
    missing.found(Missed.manifest(repository, tag));
    missing.found(Missed.manifest(repository, descriptor.digest()));
    return cache
        .links()
        .prove(repository, Links.Kind.MANIFEST, descriptor)
        .then(cache.tags().put(repository, tag, new TagRecord(descriptor, clock.instant())))
        .thenReturn(new Resolved(descriptor, status));
  }

  private Mono<Resolved> stale(Route route, Tag tag, TagRecord known, RegistryException error) {
    if (!error.code().isUpstreamTrouble()) {
      return Mono.error(error);
    }
    rights.troubled(route.address());
    log.warn(
        "serving stale tag repository={} tag={} age={} cause=\"{}\"",
        route.address(),
        tag,
        age(known),
        error.explanation());
    return Mono.just(new Resolved(known.descriptor(), CacheStatus.stale(error.code())));
  }

  /** Nobody waits for it who could be told. */
  private static void notRevalidated(Route route, Tag tag, Throwable error) {
    if (error instanceof RegistryException no && no.code().isNotFound()) {
      log.info("tag gone from upstream repository={} tag={}", route.address(), tag);
      return;
    }
    log.warn(
        "tag not revalidated repository={} tag={} cause=\"{}\"",
        route.address(),
        tag,
        error instanceof RegistryException no ? no.explanation() : error.toString());
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
