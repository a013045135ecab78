package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.testing.NativeProgram;
import dev.entrepot.testing.ScriptedSource;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A real file system that the kernel makes read-only because of an error. */
class ReadOnlyDiskIT {

  @TempDir private Path parent;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  private Path mount;

  @BeforeEach
  void mountADisk() throws Exception {
    NativeProgram.requireRoot();
    NativeProgram.require("mkfs.ext4");
    mount = Files.createDirectory(parent.resolve("disk"));
    mount("first.img");
  }

  @AfterEach
  void unmount() throws Exception {
    if (mount != null) {
      run("umount", mount.toString());
    }
  }

  // Scorecard 26.
  @Test
  void pullsAndHitsGoOnWhenTheDiskTurnsReadOnlyAndStoringDoesWhenItIsMountedAnew()
      throws Exception {
    // Given
    byte[] kept = random(1, 1_000_000);
    byte[] later = random(2, 1_000_000);
    try (ContentCache cache =
        ContentCache.open(
            CacheToKill.properties(mount),
            InstantSource.system(),
            Meters.unread(),
            new LocalVolume(mount),
            tuning())) {
      keep(cache, kept);

      // When
      failTheDisk();
      byte[] passed = readAll(fetch(cache, later).content());

      // Then
      assertThat(passed).isEqualTo(later);
      assertThat(cache.isDegraded()).isTrue();
      assertThat(readAll(result(cache.stored(Digest.sha256Of(kept))).orElseThrow()))
          .isEqualTo(kept);
      assertThat(result(cache.stored(Digest.sha256Of(later)))).isEmpty();
      run("umount", "--lazy", mount.toString());
      mount("second.img");
      timer.advanceTimeBy(Duration.ofSeconds(30));
      await(() -> !cache.isDegraded());
      keep(cache, later);
      assertThat(readAll(result(cache.stored(Digest.sha256Of(later))).orElseThrow()))
          .isEqualTo(later);
    }
  }

  private void keep(ContentCache cache, byte[] content) {
    fetch(cache, content).done().block(CacheUnderTest.PATIENCE);
  }

  private Fetch fetch(ContentCache cache, byte[] content) {
    return result(cache.fetch(Digest.sha256Of(content), new ScriptedSource(content, allocator)));
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

  private void mount(String image) throws IOException, InterruptedException {
    Path file = parent.resolve(image);
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(64L * 1024 * 1024);
    }
    run("mkfs.ext4", "-q", file.toString());
    run("mount", "-o", "loop,errors=remount-ro", file.toString(), mount.toString());
  }

  private void failTheDisk() throws IOException {
    String device = Files.getFileStore(mount).name();
    Path trigger =
        Path.of("/sys/fs/ext4")
            .resolve(device.substring(device.lastIndexOf('/') + 1))
            .resolve("trigger_fs_error");
    Files.writeString(trigger, "1", StandardCharsets.US_ASCII);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(List.of(command).toString()).isZero();
  }
}
