package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.testing.Await;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {

  private static final int THREADS = 4;
  private static final int TASKS = 100_000;

  private final Queue<Runnable> thread = new ArrayDeque<>();
  private final Turns turns = new Turns(thread::add);
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
    thread.forEach(Runnable::run);

    // Then
    assertThat(done).containsExactly("begin x", "on a", "begin y", "on b", "on c");
  }

  @Test
  void nothingIsForgottenWhereManyTakeTurns() {
    // Given
    AtomicInteger count = new AtomicInteger();
    Turns ofMany = new Turns(Runnable::run);

    // When
    List<CompletableFuture<Void>> threads =
        IntStream.range(0, THREADS)
            .mapToObj(
                thread ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < TASKS; i++) {
                            if ((i + thread) % 2 == 0) {
                              ofMany.begin(count::incrementAndGet);
                            } else {
                              ofMany.goOn(count::incrementAndGet);
                            }
                          }
                        },
                        task -> new Thread(task).start()))
            .toList();

    // Then
    assertThat(threads).allSatisfy(thread -> assertThat(thread).succeedsWithin(Await.DEADLINE));
    assertThat(count).hasValue(THREADS * TASKS);
  }

  @Test
  void whatIsRefusedIsNotDoneInsteadOfTheNext() {
    // Given
    AtomicInteger asked = new AtomicInteger();
    Turns refusingOne =
        new Turns(
            turn -> {
              if (asked.getAndIncrement() == 0) {
                throw new RejectedExecutionException("closed");
              }
              turn.run();
            });

    // When
    assertThatThrownBy(() -> refusingOne.begin(() -> done.add("refused")))
        .isInstanceOf(RejectedExecutionException.class);
    refusingOne.goOn(() -> done.add("accepted"));

    // Then
    assertThat(done).containsExactly("accepted");
  }

  /** While one is refused, another may have done it. */
  @Test
  void whoIsRefusedTooLateDoesWhatIsLeft() {
    // Given
    AtomicReference<Runnable> waiting = new AtomicReference<>();
    Turns closing =
        new Turns(
            turn -> {
              Runnable earlier = waiting.getAndSet(turn);
              if (earlier != null) {
                earlier.run();
                throw new RejectedExecutionException("closed");
              }
            });
    closing.goOn(() -> done.add("earlier"));

    // When
    closing.begin(() -> done.add("late"));

    // Then
    assertThat(done).containsExactlyInAnyOrder("earlier", "late");
  }
}
