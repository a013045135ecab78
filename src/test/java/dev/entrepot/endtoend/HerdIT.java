package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.TestBlob;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A 1: a deployment of many replicas, and the program with the memory of its image. */
@Tag(Proof.TAG)
final class HerdIT {

  private static final int CLIENTS = Proof.count("herd", 50, 500);
  private static final TestBlob BLOB =
      TestBlob.of(500, (long) Proof.count("mebibytes", 64, 1024) << 20);

  /** What may be on its way when a request is cut to a part. */
  private static final long PIECE = 16L << 20;

  @TempDir private Path directory;

  @Test
  void oneColdBlobForEverybodyIsFetchedOnceAndTakesLittleMemory() throws Exception {
    try (var registry = FakeRegistry.start().push("team/app", BLOB);
        var entrepot =
            EntrepotProgram.serve(
                EntrepotProgram.Jvm.IMAGE, directory, EntrepotProgram.before(registry));
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      // Given: a handshake may take 10 s, and those who pull leave it little of the processors.
      Callable<HttpProbe> connecting = entrepot::connect;
      var connected = clients.invokeAll(Collections.nCopies(CLIENTS, connecting));

      // When
      List<Future<?>> pulls = new ArrayList<>();
      for (var connection : connected) {
        pulls.add(clients.submit(() -> pull(connection.resultNow())));
      }

      // Then: each has seen the digest hold.
      for (var pull : pulls) {
        pull.get(1, TimeUnit.HOURS);
      }
      assertThat(registry.bodyBytesSent()).isBetween(BLOB.length(), BLOB.length() + PIECE);
      long most = entrepot.residentMebibytes("HWM");
      System.out.printf("herd of %d: resident at the most %d MiB%n", CLIENTS, most);
      assertThat(most).isLessThan(350);
    }
  }

  private static void pull(HttpProbe connection) {
    try (connection) {
      Download.begin(connection, "team/app", BLOB).finish();
    }
  }
}
