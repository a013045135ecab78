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
import java.util.Collections;
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
 * part of them, one upstream answer in a hundred is an error, one client in twenty gives up. One
 * long life shows whether anything grows; after it, the program is killed now and then.
 */
@Tag(Proof.TAG)
@Tag(Proof.HEAVY)
final class SoakIT {

  private static final Duration LENGTH = Duration.ofMinutes(Proof.count("minutes", 1, 30));
  private static final int SHORT_LIVES = 4;
  private static final int BLOBS = 2000;
  private static final int CLIENTS = 8;

  /** In less, a JVM has not compiled all it will. */
  private static final Duration LONG_ENOUGH = Duration.ofMinutes(10);

  // What the second half of the long life may add: nothing that goes on.
  private static final int ADDED_MEBIBYTES = 24;
  private static final int ADDED_FILES = 24;

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

      // When
      var half = LENGTH.dividedBy(2);
      var longLife = live(registry, half);
      var vitals = new ArrayList<>(longLife);
      for (int life = 0; life < SHORT_LIVES; life++) {
        vitals.addAll(live(registry, half.dividedBy(SHORT_LIVES)));
      }

      // Then
      System.out.printf(
          "soak of %s: %d whole, %d refused, %d given up; halfway through and at the end of each life %s%n",
          LENGTH, whole.get(), refused.get(), given.get(), vitals);
      assertThat(whole.get()).isGreaterThan(100);
      assertThat(refused.get()).isLessThan(whole.get() / 500 + 1);
      assertThat(vitals).allMatch(seen -> seen.mebibytes() < 400);
      if (LENGTH.compareTo(LONG_ENOUGH) < 0) {
        return;
      }
      assertThat(longLife.getLast().mebibytes())
          .isLessThan(longLife.getFirst().mebibytes() + ADDED_MEBIBYTES);
      assertThat(longLife.getLast().files()).isLessThan(longLife.getFirst().files() + ADDED_FILES);
    }
  }

  /** What the program takes at one moment. */
  private record Vitals(long mebibytes, int files) {

    static Vitals of(EntrepotProgram entrepot) {
      return new Vitals(entrepot.residentMebibytes("RSS"), entrepot.openFiles());
    }
  }

  /** From a start to a kill; what it takes halfway through, and at the end. */
  private List<Vitals> live(FakeRegistry registry, Duration length) throws Exception {
    try (var entrepot =
            EntrepotProgram.serve(
                SMALL,
                directory,
                EntrepotProgram.before(registry),
                "--entrepot.cache.max-size=300MB");
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      var vitals = new ArrayList<Vitals>();
      for (int half = 0; half < 2; half++) {
        long end = System.nanoTime() + length.dividedBy(2).toNanos();
        var running = Collections.nCopies(CLIENTS, pullingUntil(entrepot, end));
        for (var ended : clients.invokeAll(running)) {
          ended.get();
        }
        vitals.add(Vitals.of(entrepot));
      }
      assertThat(entrepot.output()).doesNotContain("LEAK");
      entrepot.process().kill();
      return vitals;
    } catch (ExecutionException failed) {
      throw new AssertionError("a client saw what it must not", failed.getCause());
    }
  }

  private Callable<Void> pullingUntil(EntrepotProgram entrepot, long end) {
    return () -> {
      while (System.nanoTime() - end < 0) {
        pull(entrepot);
      }
      return null;
    };
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
