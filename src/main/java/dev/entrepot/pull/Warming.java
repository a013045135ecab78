package dev.entrepot.pull;

import dev.entrepot.manifest.Manifest;
import dev.entrepot.manifest.ManifestException;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.oci.RequestedName;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Pulls images as a client would, for no client: so that they are there before one asks. */
public final class Warming {

  private static final int IMAGES_AT_ONCE = 2;
  private static final int BLOBS_AT_ONCE = 3;
  private static final Duration REPORTS = Duration.ofMillis(200);

  private final PullService pulls;

  /** Warms through this service, whose rules, credentials and flights are those of any pull. */
  public Warming(PullService pulls) {
    this.pulls = pulls;
  }

  /**
   * Pulls these images; of each the last report is its outcome, and the failure of one is not the
   * others'. Cancelling leaves what was begun to end by itself.
   *
   * @param platforms which images of an index are wanted; none: all
   */
  public Flux<WarmReport> warm(List<ImageReference> images, List<Platform> platforms) {
    return Flux.fromIterable(images)
        .flatMap(image -> new Walk(image, platforms).reports(), IMAGES_AT_ONCE);
  }

  /** One image's way from its name to its last blob. */
  private final class Walk {

    private final ImageReference image;
    private final List<Platform> platforms;
    private final WarmTally tally;
    private final Set<Digest> manifests = ConcurrentHashMap.newKeySet();

    Walk(ImageReference image, List<Platform> platforms) {
      this.image = image;
      this.platforms = platforms;
      this.tally = new WarmTally(image.toString());
    }

    Flux<WarmReport> reports() {
      Mono<WarmReport> outcome =
          blobs(image.reference(), 0)
              .collectList()
              .flatMapIterable(blobs -> blobs)
              .flatMap(this::blob, BLOBS_AT_ONCE)
              .then(Mono.fromSupplier(tally::done))
              .onErrorResume(
                  RegistryException.class, no -> Mono.just(tally.failed(no.explanation())))
              .onErrorResume(e -> Mono.just(tally.failed(e.toString())))
              .cache();
      return Flux.interval(REPORTS)
          .onBackpressureDrop()
          .map(_ -> tally.now())
          .takeUntilOther(outcome)
          .concatWith(outcome);
    }

    /** Pulls the manifests, for the blobs they need. */
    private Flux<Descriptor> blobs(Reference reference, int depth) {
      if (depth > Manifest.DEEPEST) {
        return Flux.error(
            new RegistryException(
                ErrorCode.UPSTREAM_INVALID,
                "tried to pull %s but its indexes are nested too deep".formatted(image)));
      }
      return pulls
          .answer(new RegistryRequest.Manifest(name(), reference), "", false, Optional.empty())
          .cast(Answer.Manifest.class)
          .flatMapMany(
              manifest -> {
                if (depth == 0) {
                  manifests.add(manifest.descriptor().digest());
                  tally.found(manifest.descriptor().digest());
                }
                return switch (parsed(manifest)) {
                  case Manifest.Index index ->
                      Flux.fromIterable(wanted(index))
                          .map(child -> child.descriptor().digest())
                          .filter(manifests::add)
                          .concatMap(child -> blobs(child, depth + 1));
                  case Manifest.Image single ->
                      Flux.fromIterable(single.references()).filter(tally::expect);
                };
              });
    }

    private Manifest parsed(Answer.Manifest manifest) {
      try {
        return Manifest.parse(manifest.bytes());
      } catch (ManifestException e) {
        throw new RegistryException(
            ErrorCode.UPSTREAM_INVALID,
            "tried to read manifest %s of %s but %s"
                .formatted(manifest.descriptor().digest(), image, e.getMessage()));
      }
    }

    private List<Manifest.Child> wanted(Manifest.Index index) {
      if (platforms.isEmpty()) {
        return index.children();
      }
      List<Manifest.Child> wanted =
          index.children().stream()
              .filter(child -> child.platform().filter(this::isWanted).isPresent())
              .toList();
      if (wanted.isEmpty()) {
        throw new RegistryException(
            ErrorCode.MANIFEST_UNKNOWN,
            "tried to pull %s for %s but it has only %s"
                .formatted(
                    image,
                    platforms.stream().map(Platform::toString).collect(Collectors.joining(", ")),
                    index.children().stream()
                        .map(Manifest.Child::platform)
                        .flatMap(Optional::stream)
                        .map(Platform::toString)
                        .distinct()
                        .collect(Collectors.joining(", "))));
      }
      return wanted;
    }

    private boolean isWanted(Platform platform) {
      return platforms.stream().anyMatch(platform::satisfies);
    }

    private Mono<Void> blob(Descriptor part) {
      return pulls
          .answer(new RegistryRequest.Blob(name(), part.digest()), "", false, Optional.empty())
          .cast(Answer.Blob.class)
          .flatMap(blob -> read(blob, part));
    }

    /** What is stored already is not read; what is not is read to its end, which is verified. */
    private Mono<Void> read(Answer.Blob blob, Descriptor part) {
      if (blob.status().is(CacheStatus.HIT)) {
        tally.had(part.size());
        return Mono.empty();
      }
      if (blob.status().is(CacheStatus.PASSED)) {
        return Mono.error(
            new RegistryException(
                ErrorCode.INTERNAL,
                "tried to keep blob %s of %s but the cache does not take its %d bytes"
                    .formatted(part.digest(), image, part.size())));
      }
      return blob.content()
          .read(0, Long.MAX_VALUE)
          .doOnNext(bytes -> took(bytes, blob.status().is(CacheStatus.MISS)))
          .then(Mono.defer(() -> blob.content().settled()))
          .then(Mono.fromRunnable(tally::blobDone));
    }

    private void took(ByteBuf bytes, boolean isFetchedForUs) {
      tally.took(bytes.readableBytes(), isFetchedForUs);
      bytes.release();
    }

    private RequestedName name() {
      return new RequestedName(Optional.of(image.registry()), image.repository().value(), false);
    }
  }
}
