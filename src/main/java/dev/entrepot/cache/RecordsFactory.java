package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import java.util.function.BiPredicate;

/** Where all {@link Records} are kept. */
record RecordsFactory(CacheDirectory directory, Volume volume, DiskThreads threads, Meters meters) {

  <K, V> Records<K, V> of(Class<V> type, BiPredicate<K, V> belongs) {
    return new Records<>(type, belongs, directory, volume, threads, meters);
  }
}
