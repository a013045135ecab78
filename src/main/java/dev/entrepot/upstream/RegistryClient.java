package dev.entrepot.upstream;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.route.Route;
import java.util.OptionalLong;
import reactor.core.publisher.Mono;

/**
 * Pulls from one registry as its rule says. Every failure is a {@link
 * dev.entrepot.oci.RegistryException} that says what was tried.
 */
public final class RegistryClient {

  RegistryClient() {}

  /** Asks what a tag or digest means now, without fetching it. */
  public Mono<UpstreamDescriptor> headManifest(Route route, Reference reference) {
    return Mono.error(new UnsupportedOperationException());
  }

  /** Fetches a manifest of at most 8 MiB; by digest, it is what the digest says. */
  public Mono<UpstreamManifest> getManifest(Route route, Reference reference) {
    return Mono.error(new UnsupportedOperationException());
  }

  /** Opens a blob from {@code offset}; {@link UpstreamBlob#offset} says where it really begins. */
  public Mono<UpstreamBlob> openBlob(Route route, Digest digest, long offset) {
    return Mono.error(new UnsupportedOperationException());
  }

  /** Proves that we may have this blob of this repository; its size, if upstream says it. */
  public Mono<OptionalLong> describeBlob(Route route, Digest digest) {
    return Mono.error(new UnsupportedOperationException());
  }

  /**
   * Fetches a page of the tag list.
   *
   * @param query as the client or {@link UpstreamPage#nextQuery} spells it, without {@code ?}
   */
  public Mono<UpstreamPage> getTags(Route route, String query) {
    return Mono.error(new UnsupportedOperationException());
  }

  /**
   * Fetches a page of a manifest's referrers.
   *
   * @param query as the client or {@link UpstreamPage#nextQuery} spells it, without {@code ?}
   */
  public Mono<UpstreamPage> getReferrers(Route route, Digest digest, String query) {
    return Mono.error(new UnsupportedOperationException());
  }
}
