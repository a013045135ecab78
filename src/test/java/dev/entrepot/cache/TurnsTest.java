package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {

  private static final int THREADS = 4;
  private static final int TASKS = 100_000;

  private final Turns turns = new Turns();
  private final List<String> done = new ArrayList<>();

  @Test
  void whoBeginsAndWhoGoesOnTakeTurnsInTheOrderTheyCame() {
    // Given
    for (String name : List.of("a", "b", "c")) {
      turns.goOn(() -> done.add("on " + name));
    }
    for (String name : List.of("x", "y")) {
      turns.begin(() -> done.add("begin " + name));
    }

    // When
    IntStream.range(0, 5).forEach(_ -> turns.run());

    // Then
    assertThat(done).containsExactly("begin x", "on a", "begin y", "on b", "on c");
  }

  @Test
  void nothingIsForgottenWhereManyTakeTurns() {
    // Given
    AtomicInteger count = new AtomicInteger();

    // When
    List<CompletableFuture<Void>> threads =
        IntStream.range(0, THREADS)
            .mapToObj(
                thread ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < TASKS; i++) {
                            if ((i + thread) % 2 == 0) {
                              turns.begin(count::incrementAndGet);
                            } else {
                              turns.goOn(count::incrementAndGet);
                            }
                            turns.run();
                          }
                        },
                        task -> new Thread(task).start()))
            .toList();

    // Then
    assertThat(threads).allSatisfy(thread -> assertThat(thread).succeedsWithin(Await.DEADLINE));
    assertThat(count).hasValue(THREADS * TASKS);
  }

  @Test
  void whatWasTakenBackIsNotDone() {
    // Given
    Runnable one = () -> done.add("one");
    Runnable other = () -> done.add("other");
    turns.begin(one);
    turns.goOn(other);

    // When
    boolean isTakenBack = turns.remove(one);
    turns.run();
    boolean isTakenBackTooLate = turns.remove(other);
    turns.run();

    // Then
    assertThat(isTakenBack).isTrue();
    assertThat(isTakenBackTooLate).isFalse();
    assertThat(done).containsExactly("other");
  }
}
