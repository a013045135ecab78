package dev.entrepot.credentials;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Values that are made elsewhere and end: each is made once for all who wait for it and renewed in
 * the background while it is used. Failures are remembered for a moment, so that nobody hammers who
 * says no.
 */
public final class MintCache<K, V> {

  private static final int MOST = 10_000;
  private static final Duration RENEW_AGAIN = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final Function<Throwable, Duration> memory;
  private final Cache<K, Outcome<V>> outcomes = Caffeine.newBuilder().maximumSize(MOST).build();
  private final ConcurrentMap<K, Mono<V>> minting = new ConcurrentHashMap<>();

  /**
   * Makes an empty cache.
   *
   * @param memory how long a failure is repeated before another attempt
   */
  public MintCache(InstantSource clock, Function<Throwable, Duration> memory) {
    this.clock = clock;
    this.memory = memory;
  }

  /** The value for this key; {@code mint} makes a new one. */
  public Mono<V> get(K key, Supplier<Mono<Minted<V>>> mint) {
    return Mono.defer(
        () -> {
          Instant now = clock.instant();
          return switch (outcomes.getIfPresent(key)) {
            case Outcome.Made<V>(Minted<V> made) when made.isUsableAt(now) -> {
              if (made.isDueAt(now)) {
                renew(key, mint);
              }
              yield Mono.just(made.value());
            }
            case Outcome.Failed<V>(Throwable failure, Instant until) when now.isBefore(until) ->
                Mono.error(failure);
            case null -> mint(key, mint);
            case Outcome.Made<V> _, Outcome.Failed<V> _ -> mint(key, mint);
          };
        });
  }

  /** The value for this key, if there is one that is still of use; nothing is made or renewed. */
  public Optional<V> find(K key) {
    return outcomes.getIfPresent(key) instanceof Outcome.Made<V>(Minted<V> made)
            && made.isUsableAt(clock.instant())
        ? Optional.of(made.value())
        : Optional.empty();
  }

  /** Keeps a value that was made for another key and is good for this one too. */
  public void put(K key, Minted<V> made) {
    outcomes.put(key, new Outcome.Made<>(made));
  }

  /** Forgets the value of this key, if it is the one meant and has not been replaced already. */
  public void evict(K key, Predicate<V> which) {
    outcomes.asMap().computeIfPresent(key, (_, known) -> isMeant(known, which) ? null : known);
  }

  /** Forgets these values, whatever their keys. */
  public void evict(BiPredicate<K, V> which) {
    outcomes
        .asMap()
        .entrySet()
        .removeIf(known -> isMeant(known.getValue(), value -> which.test(known.getKey(), value)));
  }

  /** Remembers that what this key gets is refused, however new it is. */
  public void refused(K key, Throwable failure) {
    fail(key, failure);
  }

  private void fail(K key, Throwable failure) {
    outcomes.put(key, new Outcome.Failed<>(failure, clock.instant().plus(memory.apply(failure))));
  }

  /**
   * Whoever waits may leave: {@code cache()} does not cancel what it began. Who has the value may
   * evict it at once, so it must not be found under way any more by then.
   */
  private Mono<V> mint(K key, Supplier<Mono<Minted<V>>> mint) {
    return minting.computeIfAbsent(
        key,
        _ ->
            Mono.defer(() -> madeMeanwhile(key).map(Mono::just).orElseGet(mint))
                .doOnNext(made -> put(key, made))
                .doOnError(failure -> remember(key, failure))
                .doOnTerminate(() -> minting.remove(key))
                .map(Minted::value)
                .cache());
  }

  /** What another made between our look for it and our own beginning. */
  private Optional<Minted<V>> madeMeanwhile(K key) {
    Instant now = clock.instant();
    return outcomes.getIfPresent(key) instanceof Outcome.Made<V>(Minted<V> made)
            && made.isUsableAt(now)
            && !made.isDueAt(now)
        ? Optional.of(made)
        : Optional.empty();
  }

  private void renew(K key, Supplier<Mono<Minted<V>>> mint) {
    mint(key, mint).subscribe(_ -> {}, _ -> {});
  }

  /** A failed renewal leaves the old value in use until its end. */
  private void remember(K key, Throwable failure) {
    Instant now = clock.instant();
    outcomes
        .asMap()
        .compute(
            key,
            (_, known) ->
                known instanceof Outcome.Made<V>(Minted<V> made) && made.isUsableAt(now)
                    ? new Outcome.Made<>(made.dueAt(now.plus(RENEW_AGAIN)))
                    : new Outcome.Failed<>(failure, now.plus(memory.apply(failure))));
  }

  private static <V> boolean isMeant(Outcome<V> known, Predicate<V> which) {
    return known instanceof Outcome.Made<V>(Minted<V> made) && which.test(made.value());
  }

  private sealed interface Outcome<V> {
    record Made<V>(Minted<V> made) implements Outcome<V> {}

    record Failed<V>(Throwable failure, Instant until) implements Outcome<V> {}
  }
}
