package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.TestBlob;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** D 35: too little memory for what is asked of it. */
@Tag(Proof.TAG)
final class MemoryShortageIT {

  private static final int CLIENTS = Proof.count("crowd", 60, 400);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String[] ENOUGH = {"-Xmx192m", "-XX:TieredStopAtLevel=1"};

  @TempDir private Path directory;

  /**
   * Whatever runs out, and whether it then ends or goes on: no body that ends cleanly is wrong, and
   * started again with enough it serves everything.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:MaxDirectMemorySize=6m -Dio.netty.maxDirectMemory=6291456 -Xmx192m",
        "-XX:MaxDirectMemorySize=24m -Dio.netty.maxDirectMemory=25165824 -Xmx192m",
        "-Xmx40m",
        "-Xmx56m"
      })
  void nothingWrongIsServedAndWithEnoughAllIsWell(String flags) throws Exception {
    var blobs = new ArrayList<TestBlob>();
    try (var registry = FakeRegistry.start()) {
      // Given
      for (int blob = 0; blob < 12; blob++) {
        blobs.add(TestBlob.of(3500 + blob, 1_000_000 + 900_000 * blob));
        registry.push("team/app", blobs.getLast());
      }

      // When
      int whole = pullWith(registry, blobs, (flags + " -XX:+ExitOnOutOfMemoryError").split(" "));

      // Then
      assertThat(whole).isBetween(0, CLIENTS);
      try (var again =
          EntrepotProgram.serve(
              EntrepotProgram.Jvm.with(ENOUGH), directory, EntrepotProgram.before(registry))) {
        assertThat(directory.resolve("cache/fills")).isEmptyDirectory();
        for (var blob : blobs) {
          try (var connection = again.connect()) {
            Download.begin(connection, "team/app", blob).finish();
          }
        }
      }
    }
  }

  /** It is not left half alive: an orchestrator can only replace what ends. */
  @Test
  void heapThatIsTooSmallEndsTheProgramRatherThanServing() {
    try (var registry = FakeRegistry.start();
        var program =
            EntrepotProgram.begin(
                EntrepotProgram.Jvm.with("-Xmx10m", "-XX:+ExitOnOutOfMemoryError"),
                directory,
                EntrepotProgram.before(registry))) {
      // When
      int exitCode = program.process().awaitExit(PATIENCE);

      // Then
      assertThat(exitCode).isNotZero();
    }
  }

  private int pullWith(FakeRegistry registry, List<TestBlob> blobs, String... flags)
      throws Exception {
    try (var entrepot =
            EntrepotProgram.begin(
                EntrepotProgram.Jvm.with(flags), directory, EntrepotProgram.before(registry));
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      if (!entrepot.awaitServingOrEnd(PATIENCE)) {
        return 0;
      }
      List<Future<Boolean>> pulls = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        var blob = blobs.get(client % blobs.size());
        pulls.add(clients.submit(() -> pulledWhole(entrepot, blob)));
      }
      int whole = 0;
      for (var pull : pulls) {
        whole += pull.get(PATIENCE.toSeconds(), TimeUnit.SECONDS) ? 1 : 0;
      }
      System.out.printf(
          "%s: %d of %d pulls whole, %s%n",
          String.join(" ", flags),
          whole,
          CLIENTS,
          entrepot.process().isAlive() ? "still running" : "ended");
      return whole;
    }
  }

  private static boolean pulledWhole(EntrepotProgram entrepot, TestBlob blob) {
    var answer = pull(entrepot, blob);
    boolean whole =
        answer
            .filter(came -> came.statusLine().contains(" 200 "))
            .filter(came -> came.end() == ProbeAnswer.End.COMPLETE)
            .isPresent();
    if (whole) {
      assertThat(Hashing.digest(answer.orElseThrow().body())).isEqualTo(blob.digest());
    }
    return whole;
  }

  private static Optional<ProbeAnswer> pull(EntrepotProgram entrepot, TestBlob blob) {
    try (HttpProbe connection = entrepot.connect()) {
      return Optional.of(
          connection.exchange("GET", "/v2/team/app/blobs/" + blob.digest() + "?ns=registry.test"));
    } catch (UncheckedIOException ended) {
      return Optional.empty();
    }
  }
}
