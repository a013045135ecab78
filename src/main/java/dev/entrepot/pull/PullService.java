package dev.entrepot.pull;

import dev.entrepot.access.AccessDecision;
import dev.entrepot.cache.CacheProperties;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.OnwardClock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** Answers a request: route, authorise, then cache or upstream. */
public final class PullService {

  /**
   * How long a client may be kept waiting for headers: containerd 2.3 and later gives up on a
   * mirror that has sent none for 30 s.
   */
  public static final Duration PATIENCE = Duration.ofSeconds(27);

  private final Supplier<Upstreams> upstreams;
  private final ManifestPull manifests;
  private final BlobPull blobs;
  private final PagePull pages;

  /**
   * Makes the service.
   *
   * @param upstreams the current snapshot, asked for at every request
   * @param offline whether upstream must never be contacted
   */
  public PullService(
      Supplier<Upstreams> upstreams,
      ContentCache cache,
      CacheProperties cacheProperties,
      InstantSource clock,
      Meters meters,
      boolean offline) {
    Origin origin = new Origin(upstreams, offline);
    TagAges ages = new TagAges(upstreams, cacheProperties);
    OnwardClock onward = new OnwardClock(clock);
    Rights rights = new Rights(origin, cache.links(), cacheProperties.revocation(), onward, meters);
    MissingMemory missing = new MissingMemory(cacheProperties.missingFreshness(), onward);
    TagResolution tags = new TagResolution(cache, origin, ages, clock, rights, missing);
    this.upstreams = upstreams;
    this.manifests = new ManifestPull(cache, origin, tags, rights, missing);
    this.blobs = new BlobPull(cache, origin, rights, missing);
    this.pages = new PagePull(origin, clock);
  }

  /**
   * Answers a request.
   *
   * @param hostHeader the name under which the client reached us
   * @param headersOnly whether the client wants no body, as HEAD says
   * @param wish the part of a blob that the client wants first, if not all
   * @return the answer, or a {@link RegistryException}
   */
  public Mono<Answer> answer(
      RegistryRequest request, String hostHeader, boolean headersOnly, Optional<ByteRange> wish) {
    return switch (request) {
      case RegistryRequest.Ping _ -> Mono.just(new Answer.Pong());
      case RegistryRequest.OfRepository asked ->
          Mono.defer(() -> pull(asked, authorised(asked, hostHeader), headersOnly, wish))
              .timeout(PATIENCE)
              .onErrorMap(TimeoutException.class, _ -> tooLate(asked));
    };
  }

  private Route authorised(RegistryRequest.OfRepository asked, String hostHeader) {
    Upstreams current = upstreams.get();
    Route route = current.routes().route(asked.name(), hostHeader);
    return switch (current.access().decide(route)) {
      case AccessDecision.Allowed _ -> route;
      case AccessDecision.Denied denied ->
          throw new RegistryException(ErrorCode.DENIED, denied.reason());
    };
  }

  private Mono<Answer> pull(
      RegistryRequest.OfRepository asked,
      Route route,
      boolean headersOnly,
      Optional<ByteRange> wish) {
    Mono<? extends Answer> answer =
        switch (asked) {
          case RegistryRequest.Manifest manifest ->
              headersOnly
                  ? manifests.head(route, manifest.reference())
                  : manifests.get(route, manifest.reference());
          case RegistryRequest.Blob blob ->
              headersOnly
                  ? blobs.head(route, blob.digest())
                  : blobs.get(route, blob.digest(), wish);
          case RegistryRequest.Tags tags -> pages.tags(route, tags);
          case RegistryRequest.Referrers referrers -> pages.referrers(route, referrers);
        };
    return answer.cast(Answer.class);
  }

  private static RegistryException tooLate(RegistryRequest asked) {
    return new RegistryException(
        ErrorCode.UPSTREAM_UNREACHABLE,
        "tried to pull "
            + asked.describe()
            + " but upstream did not answer within "
            + PATIENCE.toSeconds()
            + " s");
  }
}
