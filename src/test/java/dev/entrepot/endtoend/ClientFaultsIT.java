package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.NativeProcess;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that give up, dawdle and stall, with the memory that the container image has. */
@Tag(Proof.TAG)
final class ClientFaultsIT {

  private static final int LEAVING = Proof.count("leaving", 50, 500);
  private static final int DAWDLING = Proof.count("dawdling", 100, 1000);
  private static final int CANCELLED = Proof.count("cancelled", 3000, 100_000);
  private static final int AT_ONCE = 16;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final EntrepotProgram.Jvm SMALL =
      EntrepotProgram.Jvm.with(
          "-XX:+UseCompactObjectHeaders",
          "-Xmx192m",
          "-Xmn8m",
          "-Dio.netty.leakDetection.level=paranoid");

  @TempDir private Path directory;

  /** B 16. */
  @Test
  void blobThatEverybodyGaveUpIsFetchedToTheEnd() {
    var blob = TestBlob.of(1600, 20_000_000);
    var gate = new Gate();
    try (var registry = FakeRegistry.start().push("team/app", blob);
        var entrepot = EntrepotProgram.serve(SMALL, directory, EntrepotProgram.before(registry))) {
      // Given
      registry.chaos().when(RequestMatch.get(blob.digest())).always(Fault.holdAt(2_000_000, gate));
      var clients = new ArrayList<Download>();
      for (int client = 0; client < LEAVING; client++) {
        clients.add(Download.begin(entrepot.connect(), "team/app", blob).take(1_000_000));
      }

      // When
      clients.forEach(Download::reset);
      Await.until("all to be gone", PATIENCE, () -> lines(entrepot, "end=client-gone") == LEAVING);
      gate.open();

      // Then
      Await.until(
          "upstream to be read to its end",
          PATIENCE,
          () -> registry.bodyBytesSent() == blob.length());
      try (var next = entrepot.connect()) {
        Download.begin(next, "team/app", blob).finish();
      }
      assertThat(registry.count("GET", blob.digest())).isEqualTo(1);
      assertThat(registry.bodyBytesSent()).isEqualTo(blob.length());
    } finally {
      gate.open();
    }
  }

  /** B 18: neither the download nor a fast client waits for them, and they cost little memory. */
  @Test
  void dawdlingClientsKeepNobodyWaiting() throws Exception {
    var blob = TestBlob.of(1800, 64 << 20);
    // Longer than all of them together take to finish, one lot after another.
    var patience = "--entrepot.timeouts.client=30m";
    try (var registry = FakeRegistry.start().push("team/app", blob);
        var entrepot =
            EntrepotProgram.serve(SMALL, directory, EntrepotProgram.before(registry), patience);
        var clients = Executors.newFixedThreadPool(AT_ONCE)) {
      // Given
      var dawdling = new ArrayList<Download>();
      for (int client = 0; client < DAWDLING; client++) {
        dawdling.add(Download.begin(entrepot.connect(), "team/app", blob).take(10_000));
      }

      // When
      try (var fast = entrepot.connect()) {
        Download.begin(fast, "team/app", blob).finish();
      }

      // Then
      assertThat(dawdling).allSatisfy(client -> assertThat(client.taken()).isEqualTo(10_000));
      assertThat(registry.bodyBytesSent())
          .as("the blob once, and what was on its way when its first request was cut to a part")
          .isBetween(blob.length(), blob.length() + (16L << 20));
      assertThat(entrepot.residentMebibytes("HWM")).isLessThan(512);
      List<Future<?>> finished = new ArrayList<>();
      for (var client : dawdling) {
        finished.add(clients.submit(client::finish));
      }
      for (var client : finished) {
        client.get(PATIENCE.toSeconds() * 10, TimeUnit.SECONDS);
      }
      dawdling.forEach(Download::close);
      assertThat(entrepot.output()).doesNotContain("LEAK");
    }
  }

  /** B 19. */
  @Test
  void clientThatStopsTakingIsLetGo() {
    var blob = TestBlob.of(1900, 64 << 20);
    try (var registry = FakeRegistry.start().push("team/app", blob);
        var entrepot =
            EntrepotProgram.serve(
                directory, EntrepotProgram.before(registry), "--entrepot.timeouts.client=1s");
        var stalled = entrepot.connect()) {
      // When
      var download = Download.begin(stalled, "team/app", blob).take(10_000);

      // Then
      entrepot.process().awaitOutput("end=client-stalled", PATIENCE);
      assertThat(entrepot.output().lines().filter(line -> line.contains("client-stalled")))
          .singleElement()
          .asString()
          .contains("status=200", blob.digest());
      try (var next = entrepot.connect()) {
        Download.begin(next, "team/app", blob).finish();
      }
      assertThat(download.taken()).isEqualTo(10_000);
    }
  }

  /** B 22: whatever a client leaves in the middle of, every buffer is given back. */
  @Test
  void stormOfCancelledPullsLeaksNothing() throws Exception {
    var moments = new Random(22);
    try (var registry = FakeRegistry.start();
        var entrepot = EntrepotProgram.serve(SMALL, directory, EntrepotProgram.before(registry));
        var clients = Executors.newFixedThreadPool(AT_ONCE)) {
      // Given
      var blobs = new ArrayList<TestBlob>();
      for (int blob = 0; blob < 200; blob++) {
        blobs.add(TestBlob.of(2200 + blob, 1 + moments.nextInt(1_500_000)));
        registry.push("team/app", blobs.getLast());
      }

      // When
      List<Future<?>> pulls = new ArrayList<>();
      for (int pull = 0; pull < CANCELLED; pull++) {
        // Now and then one that nobody has pulled yet.
        var blob = blobs.get(moments.nextInt(Math.min(blobs.size(), 1 + pull / 10)));
        int point = moments.nextInt(4);
        long bytes = (long) (moments.nextDouble() * blob.length());
        pulls.add(clients.submit(() -> leave(entrepot, blob, point, bytes)));
      }
      for (var pull : pulls) {
        pull.get(PATIENCE.toSeconds() * 30, TimeUnit.SECONDS);
      }

      // Then
      collectGarbage(entrepot);
      for (var blob : blobs) {
        try (var connection = entrepot.connect()) {
          Download.begin(connection, "team/app", blob).finish();
        }
      }
      collectGarbage(entrepot);
      assertThat(entrepot.output()).doesNotContain("LEAK", "ERROR", "Exception");
    }
  }

  /** Before the head, at the head, or somewhere in the body; politely or not. */
  private static void leave(EntrepotProgram entrepot, TestBlob blob, int point, long bytes) {
    var connection = entrepot.connect();
    try {
      if (point == 0) {
        new Pull(connection, "registry.test").begin("team/app/blobs/" + blob.digest());
      } else {
        Download.begin(connection, "team/app", blob).take(point == 1 ? 0 : bytes);
      }
    } finally {
      if (point == 3) {
        connection.close();
      } else {
        connection.reset();
      }
    }
  }

  /** What leaked is told after it was collected. */
  private void collectGarbage(EntrepotProgram entrepot) {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    NativeProcess.run(
            directory.resolve("jcmd.log"),
            PATIENCE,
            Map.of(),
            List.of(jcmd, Long.toString(entrepot.process().id()), "GC.run"))
        .succeeded();
  }

  private static long lines(EntrepotProgram entrepot, String containing) {
    return entrepot.output().lines().filter(line -> line.contains(containing)).count();
  }
}
