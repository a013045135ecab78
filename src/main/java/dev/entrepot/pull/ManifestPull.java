package dev.entrepot.pull;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.cache.Links;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import dev.entrepot.pull.MissingMemory.Missed;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.RegistryClient;
import dev.entrepot.upstream.UpstreamManifest;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Pulls manifests: by digest from the cache or once from upstream, by tag as {@link TagResolution}
 * says.
 */
final class ManifestPull {

  private final ContentCache cache;
  private final Origin origin;
  private final TagResolution tags;
  private final Rights rights;
  private final MissingMemory missing;
  private final SingleFlight<Wanted, Answer.Manifest> fetches = new SingleFlight<>();

  ManifestPull(
      ContentCache cache, Origin origin, TagResolution tags, Rights rights, MissingMemory missing) {
    this.cache = cache;
    this.origin = origin;
    this.tags = tags;
    this.rights = rights;
    this.missing = missing;
  }

  Mono<Answer.ManifestHead> head(Route route, Reference reference) {
    return switch (reference) {
      case Tag tag ->
          tags.resolve(route, tag)
              .flatMap(
                  found ->
                      confirmed(route, found.descriptor())
                          .map(known -> headOf(route, known, found.status())));
      case Digest digest ->
          link(route, digest)
              .flatMap(
                  link ->
                      link.map(
                              known ->
                                  confirmed(route, known)
                                      .map(still -> headOf(route, still, CacheStatus.HIT)))
                          .orElseGet(() -> describe(route, digest)));
    };
  }

  Mono<Answer.Manifest> get(Route route, Reference reference) {
    return switch (reference) {
      case Tag tag ->
          tags.resolve(route, tag)
              .flatMap(
                  found ->
                      byDigest(route, found.descriptor().digest())
                          .map(manifest -> withStatus(manifest, found.status())));
      case Digest digest -> byDigest(route, digest);
    };
  }

  private Mono<Answer.Manifest> byDigest(Route route, Digest digest) {
    return link(route, digest)
        .flatMap(
            link ->
                Mono.justOrEmpty(link)
                    .flatMap(known -> confirmed(route, known))
                    .flatMap(known -> stored(route, known)))
        .switchIfEmpty(
            missing.unlessMissing(
                Missed.manifest(route.address(), digest),
                () ->
                    fetches.join(
                        new Wanted(route.address(), digest),
                        () -> fetch(route, digest),
                        ManifestPull::collapsed)));
  }

  private Mono<Descriptor> confirmed(Route route, Descriptor known) {
    return rights.confirm(route, Links.Kind.MANIFEST, known.digest()).thenReturn(known);
  }

  private Mono<Answer.Manifest> stored(Route route, Descriptor descriptor) {
    return cache
        .bytes(descriptor.digest())
        .flatMap(Mono::justOrEmpty)
        .map(bytes -> new Answer.Manifest(route, descriptor, bytes, CacheStatus.HIT));
  }

  private Mono<Answer.Manifest> fetch(Route route, Digest digest) {
    Mono<UpstreamManifest> asked =
        origin.client(route).flatMap(client -> client.getManifest(route, digest));
    return rights
        .learningFrom(route, asked)
        .flatMap(fetched -> keep(route, fetched).thenReturn(fetched))
        .map(
            fetched ->
                new Answer.Manifest(
                    route, fetched.descriptor(), fetched.bytes(), CacheStatus.MISS));
  }

  private Mono<Void> keep(Route route, UpstreamManifest fetched) {
    return cache
        .store(fetched.descriptor().digest(), fetched.bytes())
        .then(cache.links().prove(route.address(), Links.Kind.MANIFEST, fetched.descriptor()));
  }

  /**
   * Asks upstream about a digest without taking the body; one that HEAD does not describe well is
   * fetched.
   */
  private Mono<Answer.ManifestHead> describe(Route route, Digest digest) {
    return missing
        .unlessMissing(
            Missed.manifest(route.address(), digest),
            () -> origin.client(route).flatMap(client -> describe(client, route, digest)))
        .map(descriptor -> headOf(route, descriptor, CacheStatus.PASSED))
        .switchIfEmpty(
            Mono.defer(() -> byDigest(route, digest))
                .map(manifest -> headOf(route, manifest.descriptor(), manifest.status())));
  }

  private Mono<Descriptor> describe(RegistryClient client, Route route, Digest digest) {
    return rights
        .learningFrom(route, client.headManifest(route, digest))
        .flatMap(described -> Mono.justOrEmpty(Described.as(digest, described)))
        .flatMap(
            descriptor ->
                cache
                    .links()
                    .prove(route.address(), Links.Kind.MANIFEST, descriptor)
                    .thenReturn(descriptor));
  }

  private Mono<Optional<Descriptor>> link(Route route, Digest digest) {
    return cache.links().find(route.address(), Links.Kind.MANIFEST, digest);
  }

  private static Answer.ManifestHead headOf(
      Route route, Descriptor descriptor, CacheStatus status) {
    return new Answer.ManifestHead(route, descriptor, status);
  }

  /**
   * How the tag was resolved says more than where the bytes came from, unless they had to be
   * fetched.
   */
  private static Answer.Manifest withStatus(Answer.Manifest manifest, CacheStatus resolution) {
    boolean fetched = !manifest.status().equals(CacheStatus.HIT);
    CacheStatus status =
        fetched && resolution.equals(CacheStatus.HIT) ? manifest.status() : resolution;
    return new Answer.Manifest(manifest.route(), manifest.descriptor(), manifest.bytes(), status);
  }

  private static Answer.Manifest collapsed(Answer.Manifest manifest) {
    return new Answer.Manifest(
        manifest.route(), manifest.descriptor(), manifest.bytes(), CacheStatus.COLLAPSED);
  }

  /** A manifest of a repository: what equal requests have in common. */
  private record Wanted(RepositoryAddress repository, Digest digest) {}
}
