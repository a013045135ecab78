package dev.entrepot.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.entrepot.metrics.Meters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Small JSON files, the lately used ones in memory. A disk that fails loses nothing but what
 * outlives the process: every record is also kept in memory, and no call fails.
 *
 * @param <K> what a record is about
 * @param <V> a record that Jackson can write and read
 */
final class Records<K, V> {

  private static final Logger log = LoggerFactory.getLogger(Records.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int IN_MEMORY = 50_000;
  private static final int STRIPES = 64;

  /** Far more than any record of ours takes. */
  private static final int LARGEST = 64 * 1024;

  // Nothing, for what was removed: it stays removed though its file may not.
  private final Cache<K, Optional<V>> memory = Caffeine.newBuilder().maximumSize(IN_MEMORY).build();
  // What the disk does not say yet.
  private final ConcurrentMap<K, Change<V>> pending = new ConcurrentHashMap<>();
  // Writes of one record take turns, and each writes the latest.
  private final Object[] stripes = Stream.generate(Object::new).limit(STRIPES).toArray();
  private final Class<V> type;
  private final BiPredicate<K, V> belongs;
  private final CacheDirectory directory;
  private final Volume volume;
  private final DiskHealth health;
  private final DiskThreads threads;
  private final Meters meters;

  /**
   * @param belongs whether a record found under a key's file name is about that key: some file
   *     systems do not tell upper from lower case
   */
  Records(
      Class<V> type,
      BiPredicate<K, V> belongs,
      CacheDirectory directory,
      Volume volume,
      DiskHealth health,
      DiskThreads threads,
      Meters meters) {
    this.type = type;
    this.belongs = belongs;
    this.directory = directory;
    this.volume = volume;
    this.health = health;
    this.threads = threads;
    this.meters = meters;
  }

  /** From memory only; never blocks. */
  Optional<V> known(K key) {
    Optional<V> record = memory.getIfPresent(key);
    return record == null ? Optional.empty() : record;
  }

  Mono<Optional<V>> find(K key, Path file) {
    return Mono.defer(
        () -> {
          Optional<V> record = memory.getIfPresent(key);
          return record != null ? Mono.just(record) : threads.reading(() -> load(key, file));
        });
  }

  /** Like {@link #find}, at once and without remembering it; blocks. */
  Optional<V> look(K key, Path file) {
    Optional<V> record = memory.getIfPresent(key);
    Change<V> change = pending.get(key);
    return record != null ? record : change != null ? change.next() : read(key, file);
  }

  /** What the disk does not say yet; nothing for what was removed. */
  Map<K, Optional<V>> unwritten() {
    Map<K, Optional<V>> unwritten = new HashMap<>();
    pending.forEach((key, change) -> unwritten.put(key, change.next()));
    return unwritten;
  }

  /** Tries again what a failing disk did not take. */
  void writeWhatIsLeft() {
    pending.forEach((key, change) -> threads.write(() -> writeLatest(key)));
  }

  /** Counts at once; the file follows, and nobody waits for it. */
  Mono<Void> put(K key, Path file, V record) {
    return change(key, file, Optional.of(record));
  }

  /** Counts at once, like {@link #put}. */
  Mono<Void> remove(K key, Path file) {
    return change(key, file, Optional.empty());
  }

  private Mono<Void> change(K key, Path file, Optional<V> next) {
    return Mono.fromRunnable(
        () -> {
          pending.put(key, new Change<>(file, next));
          memory.put(key, next);
          threads.write(() -> writeLatest(key));
        });
  }

  private void writeLatest(K key) {
    synchronized (stripes[Math.floorMod(key.hashCode(), stripes.length)]) {
      Change<V> latest = pending.get(key);
      if (latest != null && health.isWorking() && isWritten(latest)) {
        pending.remove(key, latest);
      } else if (pending.size() > IN_MEMORY) {
        pending.remove(key);
      }
    }
  }

  private boolean isWritten(Change<V> change) {
    return change
        .next()
        .map(record -> write(change.file(), record))
        .orElseGet(() -> delete(change.file()));
  }

  private Optional<V> load(K key, Path file) {
    Change<V> change = pending.get(key);
    Optional<V> record = change != null ? change.next() : read(key, file);
    if (record.isEmpty() && change == null) {
      return Optional.ofNullable(memory.getIfPresent(key)).flatMap(known -> known);
    }
    // What was changed while the file was read counts, not what the file said.
    Optional<V> changed = memory.asMap().putIfAbsent(key, record);
    return changed == null ? record : changed;
  }

  private Optional<V> read(K key, Path file) {
    try {
      if (volume.attributes(file).filter(FileLooks::isRegularFile).isEmpty()) {
        return Optional.empty();
      }
      V record = JSON.readValue(bytes(file), type);
      if (record != null && belongs.test(key, record)) {
        return Optional.of(record);
      }
      log.warn("record ignored, it is about something else file={}", file);
    } catch (JacksonException e) {
      log.warn("record dropped, it is damaged file={}", file);
      delete(file);
    } catch (IOException e) {
      failed("read", file, e);
    }
    return Optional.empty();
  }

  private byte[] bytes(Path file) throws IOException {
    try (FileChannel channel = volume.open(file)) {
      byte[] bytes = new byte[(int) Math.min(LARGEST, channel.size())];
      volume.read(channel, ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  private boolean write(Path file, V record) {
    Path fill = directory.newFill();
    try {
      try (FileChannel channel = volume.create(fill)) {
        volume.write(channel, ByteBuffer.wrap(JSON.writeValueAsBytes(record)), 0);
        volume.force(channel);
      }
      volume.rename(fill, file);
      return true;
    } catch (IOException e) {
      failed("write", file, e);
      delete(fill);
      return false;
    }
  }

  private boolean delete(Path file) {
    try {
      volume.delete(file);
      return true;
    } catch (IOException e) {
      failed("delete", file, e);
      return false;
    }
  }

  private void failed(String operation, Path file, IOException reason) {
    meters.diskFailed(operation);
    log.warn(
        "record not on disk operation={} file={} reason={}", operation, file, reason.toString());
  }

  /** What a file is to say; nothing if it is to go. */
  private record Change<V>(Path file, Optional<V> next) {}
}
