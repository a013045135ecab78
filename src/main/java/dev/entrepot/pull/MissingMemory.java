package dev.entrepot.pull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.entrepot.cache.Links;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** What upstream said a moment ago that it does not have, whoever asks and by whatever method. */
final class MissingMemory {

  private static final int MOST = 10_000;

  private final Duration memory;
  private final InstantSource clock;
  private final Cache<Missed, Refused> refusals = Caffeine.newBuilder().maximumSize(MOST).build();

  /**
   * @param memory how long a refusal is repeated
   * @param clock one that is never set back
   */
  MissingMemory(Duration memory, InstantSource clock) {
    this.memory = memory;
    this.clock = clock;
  }

  /** What upstream says, which is asked unless it has just said that there is nothing. */
  <T> Mono<T> unlessMissing(Missed what, Supplier<Mono<T>> ask) {
    return Mono.defer(
        () ->
            known(what)
                .map(refusal -> Mono.<T>error(refusal.asRemembered()))
                .orElseGet(
                    () ->
                        ask.get()
                            .doOnNext(_ -> refusals.invalidate(what))
                            .doOnError(RegistryException.class, no -> missed(what, no))));
  }

  /** Upstream has it after all. */
  void found(Missed what) {
    refusals.invalidate(what);
  }

  /** Upstream said so. */
  void missed(Missed what, RegistryException no) {
    if (no.code().isNotFound() && !no.isRemembered() && memory.isPositive()) {
      refusals.put(what, new Refused(no, clock.instant().plus(memory)));
    }
  }

  private Optional<RegistryException> known(Missed what) {
    return Optional.ofNullable(refusals.getIfPresent(what))
        .filter(known -> clock.instant().isBefore(known.until()))
        .map(Refused::refusal);
  }

  private record Refused(RegistryException refusal, Instant until) {}

  /** Something that a repository lacks. */
  record Missed(RepositoryAddress repository, Links.Kind kind, Reference reference) {

    static Missed manifest(RepositoryAddress repository, Reference reference) {
      return new Missed(repository, Links.Kind.MANIFEST, reference);
    }

    static Missed blob(RepositoryAddress repository, Digest digest) {
      return new Missed(repository, Links.Kind.BLOB, digest);
    }
  }
}
