package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.metrics.Meters;
import dev.entrepot.testing.NativeProgram;
import dev.entrepot.testing.Proof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** D 33: the process dies while blobs arrive, several at once. */
@Tag(Proof.TAG)
class CrashIT {

  private static final int KILLS = Proof.count("kills", 20, 1000);
  private static final int POINTS = Proof.count("points", 14, 500);

  /** After so many kills on one directory the next gets a new one. */
  private static final int ON_ONE_DIRECTORY = 25;

  /** What changes files, and how often at least one thread of ours does it in a run. */
  private static final List<Call> CALLS =
      List.of(
          new Call("pwrite64", 60),
          new Call("fsync", 60),
          new Call("rename", 25),
          new Call("mkdir", 12));

  @TempDir private Path directory;
  private KilledCache program;

  @BeforeEach
  void prepare() throws IOException, InterruptedException {
    program = new KilledCache(directory);
  }

  @Test
  void killedAtAnyMomentItFindsWholeBlobsOnly() throws Exception {
    Random moments = new Random(42);
    int stored = 0;
    Path cache = directory;
    for (int kill = 0; kill < KILLS; kill++) {
      // Given
      cache = kill % ON_ONE_DIRECTORY == 0 ? afresh(cache) : cache;
      Process child = program.start(List.of(), cache, kill, 10_000);

      // When
      KilledCache.awaitSteps(child, 1 + moments.nextInt(500));
      KilledCache.kill(child);

      // Then
      stored = Math.max(stored, KilledCache.assertSound(cache, kill));
    }
    assertThat(stored).isGreaterThan(Math.min(KILLS, ON_ONE_DIRECTORY));
  }

  /** The moments between two steps, which a kill from outside seldom meets. */
  @Test
  void killedAtAnySystemCallItFindsWholeBlobsOnly() throws Exception {
    // Given
    String strace = NativeProgram.require("strace").toString();
    Path cache = directory;
    int killed = 0;
    for (int point = 0; point < POINTS; point++) {
      cache = point % ON_ONE_DIRECTORY == 0 ? afresh(cache) : cache;
      Call call = CALLS.get(point % CALLS.size());
      int time = 1 + point / CALLS.size() % call.most();
      List<String> injecting =
          List.of(
              strace,
              "-f",
              "-qq",
              "-o",
              "/dev/null",
              "-e",
              "trace=" + call.name(),
              "-e",
              "inject=%s:signal=KILL:when=%d".formatted(call.name(), time));

      // When
      Process child = program.start(injecting, cache, point, 60);
      KilledCache.drain(child);
      assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
      killed += child.exitValue() == 0 ? 0 : 1;

      // Then
      KilledCache.assertSound(cache, point);
    }
    assertThat(killed).as("runs that were killed").isGreaterThan(POINTS * 3 / 4);
  }

  // Scorecard 32.
  @Test
  void aDirectoryThatAnotherProcessUsesIsRefusedUntilThatOneIsGone() throws Exception {
    // Given
    Process other = program.start(List.of(), directory, 0, 10_000);
    KilledCache.awaitSteps(other, 1);

    // When
    var refused = assertThatThrownBy(this::open);

    // Then
    refused.isInstanceOf(CacheException.class).hasMessageContaining("another process");
    KilledCache.kill(other);
    open().close();
  }

  private ContentCache open() {
    return ContentCache.open(
        CacheToKill.properties(directory), InstantSource.system(), Meters.unread());
  }

  private Path afresh(Path old) throws IOException {
    if (!old.equals(directory)) {
      FileSystemUtils.deleteRecursively(old);
    }
    return Files.createTempDirectory(directory, "cache");
  }

  /** A system call, which strace counts for each thread by itself. */
  private record Call(String name, int most) {}
}
