package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BufferShareTest {

  private static final int LARGEST = 256 * 1024;
  private static final long ALL = 64L * 1024 * 1024;

  @Test
  void fewReadersGetLargeBuffersAndManyShareTheMemory() {
    // Given
    BufferShare share = new BufferShare(LARGEST, ALL);

    // When
    IntStream.range(0, 100).forEach(_ -> share.came());
    int few = share.size();
    IntStream.range(0, 900).forEach(_ -> share.came());
    int many = share.size();
    IntStream.range(0, 999_000).forEach(_ -> share.came());
    int tooMany = share.size();
    IntStream.range(0, 1_000_000).forEach(_ -> share.left());

    // Then
    assertThat(few).isEqualTo(LARGEST);
    assertThat(2L * 1000 * many).isBetween(ALL / 4, ALL);
    assertThat(tooMany).isEqualTo(16 * 1024);
    assertThat(share.size()).isEqualTo(LARGEST);
  }

  @Test
  void requestsShareTheMemoryBeforeTheDisk() {
    // Given
    RequestShare share = new RequestShare(32, LARGEST);

    // When
    int prefetch = share.prefetch();
    int piece = share.piece();
    IntStream.range(0, 256).forEach(_ -> share.came());

    // Then
    assertThat(prefetch).isEqualTo(32);
    assertThat(piece).isEqualTo(LARGEST);
    assertThat(share.prefetch()).isEqualTo(4);
    assertThat(share.piece()).isEqualTo(128 * 1024);
  }

  @Test
  void helpIsGivenToSomeAtATime() {
    // Given
    RequestShare share = new RequestShare(32, LARGEST);

    // When
    long helped = IntStream.range(0, 100).filter(_ -> share.takeHelper()).count();
    boolean another = share.takeHelper();
    share.giveHelperBack();

    // Then
    assertThat(helped).isEqualTo(16);
    assertThat(another).isFalse();
    assertThat(share.takeHelper()).isTrue();
  }
}
