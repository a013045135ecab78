package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.QuickStart;
import dev.entrepot.testing.ScriptedSource;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs {@link CacheToKill} for as long as it may live, and knows what must hold afterwards. */
final class KilledCache {

  private final QuickStart java;

  /**
   * Prepares for many short runs.
   *
   * @param directory for what makes them start quickly
   */
  KilledCache(Path directory) throws IOException, InterruptedException {
    this.java = QuickStart.in(directory);
    Process rehearsal = start(List.of(), Files.createTempDirectory(directory, "rehearsal"), 0, 8);
    drain(rehearsal);
    assertThat(rehearsal.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(rehearsal.exitValue()).isZero();
  }

  /**
   * Starts it.
   *
   * @param before the command that runs it, if not the shell
   * @param round which blobs it fetches
   * @param blobs how many, at most
   */
  Process start(List<String> before, Path directory, int round, int blobs) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.addAll(java.command(CacheToKill.class));
    command.addAll(List.of(directory.toString(), String.valueOf(round), String.valueOf(blobs)));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Lets it make so many steps, or come to its end before. */
  static void awaitSteps(Process child, int steps) throws IOException {
    BufferedReader out = child.inputReader();
    int made = 0;
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(CacheToKill.STEP) && ++made >= steps) {
        return;
      }
    }
  }

  static void drain(Process child) throws IOException {
    awaitSteps(child, Integer.MAX_VALUE);
  }

  static void kill(Process child) throws InterruptedException {
    child.destroyForcibly();
    assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  /**
   * Every file with a final name is whole, nothing is left of what was arriving, and everything can
   * be pulled.
   *
   * @return how many blobs there are
   */
  static int assertSound(Path directory, int round) throws IOException {
    for (Path blob : blobs(directory)) {
      assertThat(Hashing.digest(Files.newInputStream(blob)))
          .isEqualTo("sha256:" + blob.getFileName());
    }
    try (ContentCache cache =
        ContentCache.open(
            CacheToKill.properties(directory), InstantSource.system(), Meters.unread())) {
      assertThat(directory.resolve("fills")).isEmptyDirectory();
      byte[] content = CacheUnderTest.random(1_000_000 + round, 300_000);
      Fetch fetch =
          result(
              cache.fetch(
                  Digest.sha256Of(content),
                  new ScriptedSource(content, UnpooledByteBufAllocator.DEFAULT)));
      assertThat(readAll(fetch.content())).isEqualTo(content);
      fetch.done().block(PATIENCE);
      List<Path> blobs = blobs(directory);
      for (Path blob : blobs) {
        Digest digest = new Digest("sha256", blob.getFileName().toString());
        Content stored = result(cache.stored(digest)).orElseThrow();
        assertThat(Digest.sha256Of(readAll(stored))).isEqualTo(digest);
        CacheToKill.LINKED.forEach(
            address ->
                result(cache.links().find(address, Links.Kind.BLOB, digest))
                    .ifPresent(link -> assertThat(link.digest()).isEqualTo(digest)));
      }
      return blobs.size();
    }
  }

  private static List<Path> blobs(Path directory) throws IOException {
    Path root = directory.resolve("blobs");
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
