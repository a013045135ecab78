package dev.entrepot.pull;

import dev.entrepot.cache.Content;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.route.Route;
import java.util.Optional;
import java.util.OptionalLong;

/** What a pull is answered with, before it is put on the wire. */
public sealed interface Answer {

  /** Yes, this is a registry. */
  record Pong() implements Answer {}

  /** An answer that came from an upstream, now or earlier. */
  sealed interface Routed extends Answer {
    /** Where it came from. */
    Route route();

    /** How it was made. */
    CacheStatus status();
  }

  /** A manifest's description, for a client that asked for no more. */
  record ManifestHead(Route route, Descriptor descriptor, CacheStatus status) implements Routed {}

  /** A manifest. */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Manifest(Route route, Descriptor descriptor, byte[] bytes, CacheStatus status)
      implements Routed {}

  /**
   * A blob's description, for a client that asked for no more.
   *
   * @param length in bytes, if upstream said
   */
  record BlobHead(Route route, Digest digest, OptionalLong length, CacheStatus status)
      implements Routed {}

  /** A blob, readable from anywhere. */
  record Blob(Route route, Digest digest, Content content, CacheStatus status) implements Routed {}

  /**
   * A list of tags or referrers.
   *
   * @param nextQuery the query of the next page, if there is one
   * @param filtersApplied upstream's {@code OCI-Filters-Applied}
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Page(
      Route route,
      byte[] body,
      String mediaType,
      Optional<String> nextQuery,
      Optional<String> filtersApplied,
      CacheStatus status)
      implements Routed {}
}
