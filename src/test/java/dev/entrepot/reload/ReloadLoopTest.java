package dev.entrepot.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ReloadLoopTest {

  private static final ReloadOutcome UNCHANGED = new ReloadOutcome.Unchanged();
  private static final ReloadOutcome REPLACED = new ReloadOutcome.Replaced();

  private final AtomicReference<Supplier<ReloadOutcome>> next =
      new AtomicReference<>(() -> UNCHANGED);
  private final List<ReloadOutcome> heard = new ArrayList<>();

  @Test
  void problemIsReportedOnceUntilItChangesOrHeals() {
    // Given
    try (ReloadLoop loop = new ReloadLoop("test", () -> next.get().get(), heard::add)) {
      // When
      for (String problem : List.of("torn", "torn", "mismatch", "", "mismatch")) {
        next.set(
            () -> {
              if (problem.isEmpty()) {
                return UNCHANGED;
              }
              throw new IllegalStateException(problem);
            });
        loop.scan();
      }
    }

    // Then
    assertThat(heard)
        .containsExactly(
            new ReloadOutcome.Kept("torn"),
            new ReloadOutcome.Kept("mismatch"),
            new ReloadOutcome.Kept("mismatch"));
  }

  @Test
  void failingListenerDoesNotEndTheWatch() throws Exception {
    // Given
    CountDownLatch reports = new CountDownLatch(3);
    next.set(() -> REPLACED);
    try (ReloadLoop loop =
        new ReloadLoop(
            "test",
            () -> next.get().get(),
            _ -> {
              reports.countDown();
              throw new IllegalStateException("a listener's own trouble");
            })) {
      // When
      loop.start(Duration.ofMillis(1));

      // Then
      assertThat(reports.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }
}
