package dev.entrepot.upstream;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a registry gives parts of blobs, as far as it has shown. */
final class RangeMemory {

  private static final Duration LASTS = Duration.ofHours(1);

  private final InstantSource clock;
  private volatile @Nullable Instant refused;

  RangeMemory(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Looks at what was answered to a request for a part.
   *
   * @param from where the part was to begin
   * @param known what the content had to be still the same as
   */
  void learnFrom(UpstreamAnswer answer, long from, Optional<Validator> known) {
    boolean hasChanged =
        known.filter(earlier -> earlier.isOf(answer.uri())).isPresent()
            && !known.equals(Validator.of(answer));
    if (from > 0 && answer.status() == 200 && !hasChanged) {
      refused = clock.instant();
    }
  }

  boolean areGiven() {
    Instant last = refused;
    return last == null || !clock.instant().isBefore(last.plus(LASTS));
  }
}
