package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {

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
