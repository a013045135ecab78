package dev.entrepot.pull;

import dev.entrepot.cache.BlobSource;
import dev.entrepot.cache.Content;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.cache.Fetch;
import dev.entrepot.cache.Links;
import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.pull.MissingMemory.Missed;
import dev.entrepot.route.Route;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Mono;

/**
 * Pulls blobs. Content is shared by all repositories, the right to see it is not: a repository that
 * has not been proved to hold a digest is asked for it upstream, even when the bytes are here
 * already.
 */
final class BlobPull {

  private static final String MEDIA_TYPE = "application/octet-stream";

  private final ContentCache cache;
  private final Origin origin;
  private final Rights rights;
  private final MissingMemory missing;
  private final SingleFlight<Wanted, Found> openings = new SingleFlight<>();

  BlobPull(ContentCache cache, Origin origin, Rights rights, MissingMemory missing) {
    this.cache = cache;
    this.origin = origin;
    this.rights = rights;
    this.missing = missing;
  }

  Mono<Answer.BlobHead> head(Route route, Digest digest) {
    return link(route, digest)
        .flatMap(
            link ->
                link.map(known -> known(route, known)).orElseGet(() -> described(route, digest)))
        .onErrorMap(RegistryException.class, refusal -> equally(route, digest, refusal));
  }

  private Mono<Answer.BlobHead> known(Route route, Descriptor known) {
    return confirmed(route, known.digest())
        .thenReturn(
            new Answer.BlobHead(
                route, known.digest(), OptionalLong.of(known.size()), CacheStatus.HIT));
  }

  private Mono<Answer.BlobHead> described(Route route, Digest digest) {
    return missing
        .unlessMissing(Missed.blob(route.address(), digest), () -> prove(route, digest))
        .map(length -> new Answer.BlobHead(route, digest, length, CacheStatus.PASSED));
  }

  /**
   * The blob, readable from anywhere.
   *
   * @param wish the part that is wanted first, if not all
   */
  Mono<Answer.Blob> get(Route route, Digest digest, Optional<ByteRange> wish) {
    return linkToWhatIsHere(route, digest)
        .flatMap(
            link ->
                link.isPresent()
                    ? confirmed(route, digest)
                        .then(here(route, digest))
                        .switchIfEmpty(Mono.defer(() -> opened(route, digest, wish)))
                    : opened(route, digest, wish))
        .map(found -> new Answer.Blob(route, digest, found.content(), found.status()))
        .onErrorMap(RegistryException.class, refusal -> equally(route, digest, refusal));
  }

  private Mono<Void> confirmed(Route route, Digest digest) {
    return rights.confirm(route, Links.Kind.BLOB, digest);
  }

  /**
   * A repository that lacks a blob is refused in the same words whether the bytes are here or not:
   * upstream's differ between GET and HEAD, and would tell what others have pulled.
   */
  private static RegistryException equally(Route route, Digest digest, RegistryException refusal) {
    if (!refusal.code().isNotFound()) {
      return refusal;
    }
    RegistryException equal =
        new RegistryException(
            ErrorCode.BLOB_UNKNOWN,
            "tried to pull blob %s of %s but upstream has no such blob there"
                .formatted(digest, route.address()),
            refusal);
    return refusal.isRemembered() ? equal.asRemembered() : equal;
  }

  /** The content, if it is stored or on its way. */
  private Mono<Found> here(Route route, Digest digest) {
    return cache
        .stored(digest, source(route, digest))
        .flatMap(Mono::justOrEmpty)
        .map(content -> new Found(content, CacheStatus.HIT))
        .switchIfEmpty(
            Mono.defer(() -> Mono.justOrEmpty(cache.inFlight(digest)))
                .map(content -> new Found(content, CacheStatus.COLLAPSED.of(content))));
  }

  /**
   * Asks upstream, once for all equal requests: who waits for the same opening has joined the
   * flight.
   */
  private Mono<Found> opened(Route route, Digest digest, Optional<ByteRange> wish) {
    return missing.unlessMissing(
        Missed.blob(route.address(), digest),
        () ->
            openings.join(
                new Wanted(route.address(), digest),
                () -> open(route, digest, wish),
                Found::collapsed));
  }

  private Mono<Found> open(Route route, Digest digest, Optional<ByteRange> wish) {
    return here(route, digest)
        .flatMap(
            found ->
                proved(route, digest, found.content())
                    .thenReturn(new Found(found.content(), CacheStatus.PROVED.of(found.content()))))
        .switchIfEmpty(Mono.defer(() -> fetch(route, digest, wish)));
  }

  private Mono<Found> fetch(Route route, Digest digest, Optional<ByteRange> wish) {
    return cache
        .fetch(digest, source(route, digest), wish)
        .flatMap(fetch -> admitted(route, digest, fetch));
  }

  /**
   * Starting a flight proves the right to its content; joining another repository's flight does
   * not.
   */
  private Mono<Found> admitted(Route route, Digest digest, Fetch fetch) {
    Content content = fetch.content();
    if (fetch.collapsed()) {
      return proved(route, digest, content)
          .thenReturn(new Found(content, CacheStatus.COLLAPSED.of(content)));
    }
    CacheStatus status = fetch.kept() ? CacheStatus.MISS : CacheStatus.PASSED;
    return link(route, digest, content.length()).thenReturn(new Found(content, status.of(content)));
  }

  /** A redirect proves the right without a word on the length: that the content here knows. */
  private Mono<Void> proved(Route route, Digest digest, Content content) {
    return prove(route, digest)
        .filter(OptionalLong::isEmpty)
        .flatMap(_ -> link(route, digest, content.length()));
  }

  private Mono<OptionalLong> prove(Route route, Digest digest) {
    Mono<OptionalLong> asked =
        origin.client(route).flatMap(client -> client.describeBlob(route, digest));
    return rights
        .learningFrom(route, asked)
        .map(length -> UpstreamSource.isBelievable(digest, length) ? length : OptionalLong.empty())
        .flatMap(length -> link(route, digest, length).thenReturn(length));
  }

  private Mono<Optional<Descriptor>> link(Route route, Digest digest) {
    return cache.links().find(route.address(), Links.Kind.BLOB, digest);
  }

  /** Where nothing is here, upstream decides on the right to it as it is asked for it. */
  private Mono<Optional<Descriptor>> linkToWhatIsHere(Route route, Digest digest) {
    return Mono.defer(() -> cache.has(digest) ? link(route, digest) : Mono.just(Optional.empty()));
  }

  private Mono<Void> link(Route route, Digest digest, OptionalLong length) {
    missing.found(Missed.blob(route.address(), digest));
    return length.isEmpty()
        ? Mono.empty()
        : cache
            .links()
            .prove(
                route.address(),
                Links.Kind.BLOB,
                new Descriptor(MEDIA_TYPE, digest, length.getAsLong()));
  }

  private BlobSource source(Route route, Digest digest) {
    return new UpstreamSource(route, digest, origin, rights);
  }

  private record Found(Content content, CacheStatus status) {
    Found collapsed() {
      return status.is(CacheStatus.MISS)
          ? new Found(content, CacheStatus.COLLAPSED.of(content))
          : this;
    }
  }

  private record Wanted(RepositoryAddress repository, Digest digest) {}
}
