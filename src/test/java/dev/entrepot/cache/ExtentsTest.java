package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtentsTest {

  @Test
  void partsThatTouchAreOne() {
    // Given
    Extents extents = new Extents();

    // When
    extents.add(0, 10);
    extents.add(20, 30);
    extents.add(10, 20);

    // Then
    assertThat(extents.endFrom(0)).isEqualTo(30);
    assertThat(extents.total()).isEqualTo(30);
  }

  @Test
  void aClaimEndsWhereAnotherBegins() {
    // Given
    Extents extents = new Extents();
    extents.add(100, 200);

    // When
    long before = extents.claim(50, 300);
    long within = extents.claim(150, 300);
    long behind = extents.claim(200, 300);

    // Then
    assertThat(before).isEqualTo(50);
    assertThat(within).isZero();
    assertThat(behind).isEqualTo(100);
    assertThat(extents.endFrom(50)).isEqualTo(300);
  }

  @Test
  void smallPartsAreOverlooked() {
    // Given
    Extents extents = new Extents();
    extents.add(10, 12);
    extents.add(20, 40);

    // When
    long next = extents.nextFrom(0, 10);

    // Then
    assertThat(next).isEqualTo(20);
    assertThat(extents.nextFrom(20, 10)).isEqualTo(Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void theyAreWhatASetOfBytesWouldBe(int seed) {
    // Given
    Random random = new Random(seed);
    Extents extents = new Extents();
    BitSet bytes = new BitSet(1000);

    for (int turn = 0; turn < 300; turn++) {
      // When
      int from = random.nextInt(1000);
      int to = Math.min(1000, from + random.nextInt(30));
      if (random.nextBoolean()) {
        extents.add(from, to);
        bytes.set(from, to);
      } else if (from < to) {
        int free = bytes.get(from) ? 0 : Math.min(to, following(bytes, from)) - from;
        assertThat(extents.claim(from, to)).isEqualTo(free);
        bytes.set(from, from + free);
      }

      // Then
      int at = random.nextInt(1000);
      assertThat(extents.endFrom(at)).isEqualTo(bytes.get(at) ? bytes.nextClearBit(at) : at);
      assertThat(extents.total()).isEqualTo(bytes.cardinality());
    }
  }

  private static int following(BitSet bytes, int from) {
    int next = bytes.nextSetBit(from);
    return next < 0 ? Integer.MAX_VALUE : next;
  }
}
