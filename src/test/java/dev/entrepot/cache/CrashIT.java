package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.testing.ScriptedSource;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashIT {

  private static final int KILLS = 20;

  @TempDir private Path directory;

  @Test
  void killedAtAnyMomentItFindsWholeBlobsOnly() throws Exception {
    Random moments = new Random(42);
    int stored = 0;
    for (int round = 0; round < KILLS; round++) {
      // Given
      int steps = 1 + moments.nextInt(500);

      // When
      fillAndKill(round, steps);

      // Then
      for (Path blob : blobs()) {
        assertThat(sha256(blob)).isEqualTo(blob.getFileName().toString());
      }
      stored = reopenAndPull(round);
    }
    assertThat(stored).isGreaterThan(KILLS);
  }

  // Scorecard 32.
  @Test
  void aDirectoryThatAnotherProcessUsesIsRefusedUntilThatOneIsGone() throws Exception {
    // Given
    Process other = start(0);
    try (BufferedReader out = other.inputReader()) {
      assertThat(out.lines().anyMatch(line -> line.startsWith(CacheToKill.STEP))).isTrue();

      // When
      var refused = assertThatThrownBy(this::open);

      // Then
      refused.isInstanceOf(CacheException.class).hasMessageContaining("another process");
    } finally {
      other.destroyForcibly();
      assertThat(other.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    open().close();
  }

  private ContentCache open() {
    return ContentCache.open(
        CacheToKill.properties(directory), InstantSource.system(), Meters.unread());
  }

  /** Lets a process of its own fetch blobs, and kills it after so many steps. */
  private void fillAndKill(int round, int steps) throws IOException, InterruptedException {
    Process child = start(round);
    try (BufferedReader out = child.inputReader()) {
      for (int step = 0; step < steps; step++) {
        String line = out.readLine();
        while (line != null && !line.startsWith(CacheToKill.STEP)) {
          line = out.readLine();
        }
        assertThat(line).as("output of the process at step %d", step).isNotNull();
      }
    } finally {
      child.destroyForcibly();
      assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  private Process start(int round) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-XX:TieredStopAtLevel=1",
            CacheToKill.class.getName(),
            directory.toString(),
            String.valueOf(round))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private int reopenAndPull(int round) throws IOException {
    try (ContentCache cache = open()) {
      assertThat(directory.resolve("fills")).isEmptyDirectory();
      byte[] content = CacheUnderTest.random(1_000_000 + round, 300_000);
      Fetch fetch =
          result(
              cache.fetch(
                  Digest.sha256Of(content),
                  new ScriptedSource(content, UnpooledByteBufAllocator.DEFAULT)));
      assertThat(readAll(fetch.content())).isEqualTo(content);
      fetch.done().block(PATIENCE);
      List<Path> blobs = blobs();
      for (Path blob : blobs) {
        Digest digest = new Digest("sha256", blob.getFileName().toString());
        assertThat(result(cache.stored(digest))).isPresent();
        CacheToKill.LINKED.forEach(
            address ->
                result(cache.links().find(address, Links.Kind.BLOB, digest))
                    .ifPresent(link -> assertThat(link.digest()).isEqualTo(digest)));
      }
      return blobs.size();
    }
  }

  private List<Path> blobs() throws IOException {
    Path root = directory.resolve("blobs");
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static String sha256(Path file) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(hash);
  }
}
