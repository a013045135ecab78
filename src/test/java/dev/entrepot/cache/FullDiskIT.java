package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.files;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.ScriptedSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

@Tag(Proof.TAG)
class FullDiskIT {

  private static final int FILLINGS = Proof.count("fillings", 4, 200);
  private static final int MEGABYTE = 1024 * 1024;
  private static final int DISK = 8 * MEGABYTE;
  private static final int SLACK = MEGABYTE / 4;

  @TempDir private Path parent;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private Path mount;

  @BeforeEach
  void mountASmallDisk() throws Exception {
    mount = Files.createDirectory(parent.resolve("disk"));
    int code = run("mount", "-t", "tmpfs", "-o", "size=" + DISK, "tmpfs", mount.toString());
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(code).as("mounting a tmpfs is permitted (root only)").isZero();
    }
    assertThat(code).as("exit code of mount").isZero();
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", mount.toString());
  }

  /**
   * A disk that fills up amid a blob.
   *
   * @param size the blob's
   * @param seen how much of it comes while there is room
   * @param room how much of it the disk has room for in the end
   */
  record Filling(int seed, int size, int seen, int room) {

    static Filling any(int seed) {
      Random random = new Random(seed);
      int size = random.nextInt(MEGABYTE, DISK - SLACK);
      int seen = random.nextInt(1, size - 3 * SLACK);
      return new Filling(seed, size, seen, random.nextInt(seen + SLACK, size - SLACK));
    }
  }

  static Stream<Filling> fillings() {
    return Stream.concat(
        Stream.of(new Filling(1, 6 * MEGABYTE, MEGABYTE, 3 * MEGABYTE)),
        IntStream.range(2, 2 + FILLINGS).mapToObj(Filling::any));
  }

  @ParameterizedTest
  @MethodSource("fillings")
  void pullsGoOnWhenTheDiskFillsMidwayAndStoringDoesWhenItIsFreed(Filling filling)
      throws IOException {
    // Given
    try (ContentCache cache = open()) {
      byte[] content = random(filling.seed(), filling.size());
      Digest digest = Digest.sha256Of(content);
      ScriptedSource source = new ScriptedSource(content, allocator).gatedAt(filling.seen());
      List<Mono<byte[]>> readers = readers(result(cache.fetch(digest, source)).content());
      Path intruder = Files.write(mount.resolve("intruder"), new byte[DISK - filling.room()]);

      // When
      source.openGate();

      // Then
      assertThat(readers).allSatisfy(reader -> assertThat(result(reader)).isEqualTo(content));
      assertThat(result(cache.stored(digest))).isEmpty();
      await(() -> files(mount.resolve("fills")).isEmpty());
      assertThat(meters.counter("entrepot.cache.disk.failures", "operation", "write").count())
          .isPositive();
      Files.delete(intruder);
      timer.advanceTimeBy(Duration.ofSeconds(30));
      await(() -> !cache.isDegraded());
      Fetch again = result(cache.fetch(digest, new ScriptedSource(content, allocator)));
      again.done().block(CacheUnderTest.PATIENCE);
      assertThat(readAll(result(cache.stored(digest)).orElseThrow())).isEqualTo(content);
      assertThat(files(mount.resolve("fills"))).isEmpty();
    }
    await(() -> allocator.metric().usedDirectMemory() == 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBlobThatIsLargerThanTheDiskReachesAllItsReaders(boolean isAnnounced) {
    // Given
    try (ContentCache cache = open()) {
      byte[] content = random(1000, DISK + 3 * MEGABYTE + 1);
      Digest digest = Digest.sha256Of(content);
      ScriptedSource source = new ScriptedSource(content, allocator);

      // When
      Content arriving =
          result(cache.fetch(digest, isAnnounced ? source : source.withoutLength())).content();

      // Then
      assertThat(readers(arriving))
          .allSatisfy(reader -> assertThat(result(reader)).isEqualTo(content));
      assertThat(result(cache.stored(digest))).isEmpty();
      await(() -> files(mount.resolve("fills")).isEmpty());
      assertThat(meters.counter("entrepot.flights", "outcome", "uncached").count()).isEqualTo(1);
      assertThat(cache.isDegraded()).isFalse();
    }
    await(() -> allocator.metric().usedDirectMemory() == 0);
  }

  private ContentCache open() {
    return ContentCache.open(
        CacheToKill.properties(mount),
        InstantSource.system(),
        new Meters(meters),
        new LocalVolume(mount),
        CacheUnderTest.tuning(allocator, timer));
  }

  private static List<Mono<byte[]>> readers(Content arriving) {
    List<Mono<byte[]>> readers =
        IntStream.range(0, 5)
            .mapToObj(_ -> bytes(arriving.read(0, Long.MAX_VALUE)).cache())
            .toList();
    readers.forEach(Mono::subscribe);
    return readers;
  }

  private static int run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException e) {
      return -1;
    }
  }
}
