package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.testing.ScriptedSource;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class FullDiskIT {

  private static final int MEGABYTE = 1024 * 1024;

  @TempDir private Path parent;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  private Path mount;

  @BeforeEach
  void mountASmallDisk() throws Exception {
    mount = Files.createDirectory(parent.resolve("disk"));
    int code = run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", mount.toString());
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(code).as("mounting a tmpfs is permitted (root only)").isZero();
    }
    assertThat(code).as("exit code of mount").isZero();
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", mount.toString());
  }

  @Test
  void pullsGoOnWhenTheDiskFillsMidwayAndStoringDoesWhenItIsFreed() throws IOException {
    // Given
    try (ContentCache cache =
        ContentCache.open(
            CacheToKill.properties(mount),
            InstantSource.system(),
            Meters.unread(),
            new LocalVolume(mount),
            tuning())) {
      byte[] content = random(1, 6 * MEGABYTE);
      Digest digest = Digest.sha256Of(content);
      ScriptedSource source = new ScriptedSource(content, allocator).gatedAt(MEGABYTE);
      Content arriving = result(cache.fetch(digest, source)).content();
      List<Mono<byte[]>> readers =
          IntStream.range(0, 5)
              .mapToObj(_ -> bytes(arriving.read(0, Long.MAX_VALUE)).cache())
              .toList();
      readers.forEach(Mono::subscribe);
      Path intruder = Files.write(mount.resolve("intruder"), new byte[5 * MEGABYTE]);

      // When
      source.openGate();

      // Then
      assertThat(readers).allSatisfy(reader -> assertThat(result(reader)).isEqualTo(content));
      assertThat(result(cache.stored(digest))).isEmpty();
      Files.delete(intruder);
      timer.advanceTimeBy(Duration.ofSeconds(30));
      await(() -> !cache.isDegraded());
      Fetch again = result(cache.fetch(digest, new ScriptedSource(content, allocator)));
      again.done().block(CacheUnderTest.PATIENCE);
      assertThat(readAll(result(cache.stored(digest)).orElseThrow())).isEqualTo(content);
    }
  }

  private Tuning tuning() {
    Tuning standard = Tuning.standard();
    return new Tuning(
        allocator,
        standard.piece(),
        standard.withheld(),
        standard.prefetch(),
        standard.reopenPauses(),
        timer,
        standard.verifiedFirst());
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
