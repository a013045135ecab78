package dev.entrepot.credentials;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Something that was made and ends.
 *
 * @param renewAt when to make the next one, in the background, if it is still used then
 * @param endsAt when it is of no use any more; empty: only a refusal ends it
 */
public record Minted<V>(V value, Instant renewAt, Optional<Instant> endsAt) {

  /** How much of its life before a value's end it is not relied on any more. */
  private static final Duration SKEW = Duration.ofSeconds(5);

  /** The least time before its end at which a cloud's token is renewed. */
  private static final Duration LEAST_AHEAD = Duration.ofMinutes(5);

  /** Two renewals of the same kind are not due at the same moment. */
  private static final double JITTER = 0.1;

  /** What is renewed when this share of its life is over. */
  public static <V> Minted<V> renewedAfter(double share, V value, Instant start, Instant end) {
    double jittered = share * (1 - JITTER * RandomGenerator.getDefault().nextDouble());
    Duration life = Duration.between(start, end);
    Duration early = Duration.ofMillis((long) (life.toMillis() * jittered));
    return new Minted<>(value, start.plus(early), Optional.of(end));
  }

  /**
   * What is renewed five minutes or a tenth of its life before its end, whichever is more, but not
   * before half of its life is over.
   */
  public static <V> Minted<V> renewedAhead(V value, Instant start, Instant end) {
    Duration life = Duration.between(start, end);
    Duration tenth = life.dividedBy(10);
    Duration half = life.dividedBy(2);
    Duration wanted = tenth.compareTo(LEAST_AHEAD) > 0 ? tenth : LEAST_AHEAD;
    Duration ahead = wanted.compareTo(half) < 0 ? wanted : half;
    return new Minted<>(value, end.minus(ahead), Optional.of(end));
  }

  boolean isUsableAt(Instant now) {
    return endsAt.map(end -> now.isBefore(end.minus(SKEW))).orElse(true);
  }

  boolean isDueAt(Instant now) {
    return !now.isBefore(renewAt);
  }

  Minted<V> dueAt(Instant later) {
    return new Minted<>(value, later, endsAt);
  }
}
