package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import java.util.function.BiPredicate;

/** Where all {@link Records} are kept. */
record RecordsFactory(
    CacheDirectory directory,
    Volume volume,
    DiskHealth health,
    DiskThreads threads,
    Meters meters) {

  <K, V> Records<K, V> of(Class<V> type, BiPredicate<K, V> belongs) {
    Records<K, V> records =
        new Records<>(type, belongs, directory, volume, health, threads, meters);
    health.onRecovery(records::writeWhatIsLeft);
    return records;
  }
}
