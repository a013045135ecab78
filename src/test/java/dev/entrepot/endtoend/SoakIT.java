package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.Proof;
import dev.entrepot.testing.TestBlob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * D 41: days of a cluster in minutes. Few blobs are popular and many are not, the cache holds a
 * part of them, one upstream answer in a hundred is an error, one client in twenty gives up, and
 * now and then the program is killed.
 */
@Tag(Proof.TAG)
@Tag(Proof.HEAVY)
final class SoakIT {

  private static final Duration LENGTH = Duration.ofMinutes(Proof.count("minutes", 1, 30));
  private static final int LIVES = 5;
  private static final int BLOBS = 2000;
  private static final int CLIENTS = 8;
  private static final EntrepotProgram.Jvm SMALL =
      EntrepotProgram.Jvm.with(
          "-XX:+UseCompactObjectHeaders",
          "-Xmx192m",
          "-Xmn8m",
          "-Dio.netty.leakDetection.level=paranoid");

  private final List<TestBlob> blobs = new ArrayList<>();
  private final AtomicLong whole = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong given = new AtomicLong();

  @TempDir private Path directory;

  @Test
  void nothingWrongIsServedAndNothingGrows() throws Exception {
    try (var registry = FakeRegistry.start()) {
      // Given
      var sizes = new Random(41);
      for (int blob = 0; blob < BLOBS; blob++) {
        blobs.add(TestBlob.of(41_000 + blob, 1_000 + sizes.nextInt(1_000_000)));
        registry.push("team/app", blobs.getLast());
      }
      registry
          .chaos()
          .when(_ -> ThreadLocalRandom.current().nextInt(100) == 0)
          .always(Fault.answer(503));
      var resident = new ArrayList<Long>();

      // When
      for (int life = 0; life < LIVES; life++) {
        live(registry, resident);
      }

      // Then
      System.out.printf(
          "soak of %s: %d whole, %d refused, %d given up; resident at the ends %s MiB%n",
          LENGTH, whole.get(), refused.get(), given.get(), resident);
      assertThat(whole.get()).isGreaterThan(100);
      assertThat(refused.get()).isLessThan(whole.get() / 500 + 1);
      assertThat(resident).allMatch(mebibytes -> mebibytes < 400);
    }
  }

  /** From a start to a kill. */
  private void live(FakeRegistry registry, List<Long> resident) throws Exception {
    try (var entrepot =
            EntrepotProgram.serve(
                SMALL,
                directory,
                EntrepotProgram.before(registry),
                "--entrepot.cache.max-size=300MB");
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      long end = System.nanoTime() + LENGTH.dividedBy(LIVES).toNanos();
      var running = new ArrayList<Callable<Void>>();
      for (int client = 0; client < CLIENTS; client++) {
        running.add(
            () -> {
              while (System.nanoTime() - end < 0) {
                pull(entrepot);
              }
              return null;
            });
      }
      for (var ended : clients.invokeAll(running)) {
        ended.get();
      }
      resident.add(entrepot.residentMebibytes("RSS"));
      assertThat(entrepot.output()).doesNotContain("LEAK");
      entrepot.process().kill();
    } catch (ExecutionException failed) {
      throw new AssertionError("a client saw what it must not", failed.getCause());
    }
  }

  private void pull(EntrepotProgram entrepot) {
    var random = ThreadLocalRandom.current();
    // The n-th blob is wanted about 1/n as often as the first.
    var blob = blobs.get((int) Math.pow(BLOBS, random.nextDouble()) - 1);
    try (var connection = entrepot.connect()) {
      if (random.nextInt(20) == 0) {
        new Pull(connection, "registry.test").begin("team/app/blobs/" + blob.digest());
        connection.read(random.nextInt((int) blob.length()));
        connection.reset();
        given.incrementAndGet();
        return;
      }
      var answer =
          connection.exchange("GET", "/v2/team/app/blobs/" + blob.digest() + "?ns=registry.test");
      if (answer.status() == 200) {
        assertThat(answer.end()).isEqualTo(ProbeAnswer.End.COMPLETE);
        assertThat(Hashing.digest(answer.body())).isEqualTo(blob.digest());
        whole.incrementAndGet();
      } else {
        refused.incrementAndGet();
      }
    }
  }
}
