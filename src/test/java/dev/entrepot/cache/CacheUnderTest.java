package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.CacheSettings;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.ScriptedSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A cache in a directory of its own, on a disk that can be broken, with every buffer counted. */
final class CacheUnderTest implements AutoCloseable {

  static final Duration PATIENCE = Await.DEADLINE;

  static {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  final ScarceMemory allocator = new ScarceMemory();
  final FaultyVolume volume;
  final MutableClock clock = MutableClock.create();
  final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final Path directory;
  private final long verifiedFirst;
  private final CacheSettings settings;
  private ContentCache cache;

  CacheUnderTest(Path directory) {
    this(directory, DataSize.ofGigabytes(1), DataSize.ofMegabytes(128).toBytes());
  }

  CacheUnderTest(Path directory, DataSize maxSize, long verifiedFirst) {
    this.directory = directory;
    this.settings =
        CacheSettings.in(directory).maxSize(maxSize).inParallel(1, DataSize.ofMegabytes(64));
    this.verifiedFirst = verifiedFirst;
    this.volume = new FaultyVolume(directory);
    this.cache = open();
  }

  ContentCache cache() {
    return cache;
  }

  /** Reopens it so that no more is fetched than is read. */
  void fillsWhatIsRead() {
    settings.fillsWhatIsRead();
    reopen();
  }

  /** Reopens it so that blobs from this size on are fetched by so many requests at once. */
  void inParallel(int requests, DataSize from) {
    settings.inParallel(requests, from);
    reopen();
  }

  /** As after a restart. */
  ContentCache reopen() {
    cache.close();
    cache = open();
    return cache;
  }

  ScriptedSource source(byte[] content) {
    return new ScriptedSource(content, allocator);
  }

  /** Fetches and stores it. */
  void keep(byte[] content) {
    Fetch fetch = fetch(Digest.sha256Of(content), source(content));
    fetch.done().block(PATIENCE);
  }

  Fetch fetch(Digest digest, BlobSource source) {
    return result(cache.fetch(digest, source, Optional.empty()));
  }

  Content stored(byte[] content) {
    return result(cache.stored(Digest.sha256Of(content))).orElseThrow();
  }

  boolean isStored(byte[] content) {
    return result(cache.stored(Digest.sha256Of(content))).isPresent();
  }

  Path file(Digest digest) {
    return directory
        .resolve("blobs")
        .resolve(digest.algorithm())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  Path file(byte[] content) {
    return file(Digest.sha256Of(content));
  }

  List<Path> fills() {
    return files(directory.resolve("fills"));
  }

  static List<Path> files(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  double flights(String outcome) {
    return meters.counter("entrepot.flights", "outcome", outcome).count();
  }

  long outstanding() {
    return allocator.metric().usedDirectMemory();
  }

  /** Everything that was handed out has been given back, and no event loop touched the disk. */
  @Override
  public void close() {
    // What is still under way when the threads are gone runs on whatever thread brings it.
    cache.drain(Duration.ofSeconds(1)).block(PATIENCE);
    cache.close();
    Await.until("all buffers given back", () -> outstanding() == 0);
    assertThat(volume.trespasses()).isEmpty();
  }

  static void await(BooleanSupplier condition) {
    Await.until("the cache to get there", condition);
  }

  static <T> T result(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }

  static byte[] random(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] readAll(Content content) {
    return read(content, 0, Long.MAX_VALUE);
  }

  static byte[] read(Content content, long from, long to) {
    return result(bytes(content.read(from, to)));
  }

  static Mono<byte[]> bytes(Flux<ByteBuf> buffers) {
    return buffers
        .map(
            buffer -> {
              byte[] bytes = new byte[buffer.readableBytes()];
              buffer.readBytes(bytes).release();
              return bytes;
            })
        .collectList()
        .map(CacheUnderTest::joined);
  }

  private static byte[] joined(List<byte[]> pieces) {
    byte[] all = new byte[pieces.stream().mapToInt(piece -> piece.length).sum()];
    int position = 0;
    for (byte[] piece : pieces) {
      System.arraycopy(piece, 0, all, position, piece.length);
      position += piece.length;
    }
    return all;
  }

  private ContentCache open() {
    CacheProperties properties = settings.properties();
    return ContentCache.open(
        properties,
        clock,
        new Meters(meters),
        volume,
        tuning(
            allocator,
            timer,
            List.of(Duration.ZERO, Duration.ZERO, Duration.ofSeconds(1)),
            verifiedFirst));
  }

  /** The usual one, with buffers that are counted and time that a test moves on. */
  static Tuning tuning(ByteBufAllocator allocator, Scheduler timer) {
    Tuning usual = Tuning.of(CacheSettings.in(Path.of("anywhere")).properties());
    return tuning(allocator, timer, usual.reopenPauses(), usual.verifiedFirst());
  }

  private static Tuning tuning(
      ByteBufAllocator allocator, Scheduler timer, List<Duration> pauses, long verifiedFirst) {
    Tuning usual = Tuning.of(CacheSettings.in(Path.of("anywhere")).properties());
    return new Tuning(
        new Buffers(allocator),
        usual.piece(),
        usual.share(),
        usual.withheld(),
        usual.prefetch(),
        pauses,
        timer,
        verifiedFirst,
        usual.random());
  }
}
