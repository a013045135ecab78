package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BufferShareTest {

  private static final int LARGEST = 256 * 1024;
  private static final int SMALLEST = 16 * 1024;
  private static final long ALL = 64L * 1024 * 1024;

  private final BufferShare share = new BufferShare(LARGEST, ALL);

  @Test
  void fewReadersGetLargeBuffersAndManyShareTheMemory() {
    // Given
    List<BufferShare.Portion> portions = portions(100);

    // When
    int few = portions.getFirst().size();
    portions.addAll(portions(900));
    int many = portions.getFirst().size();
    portions.addAll(portions(999_000));
    int tooMany = portions.getFirst().size();
    portions.subList(1, portions.size()).forEach(BufferShare.Portion::end);

    // Then
    assertThat(few).isEqualTo(LARGEST);
    assertThat(2L * 1000 * many).isBetween(ALL / 4, ALL);
    assertThat(tooMany).isEqualTo(SMALLEST);
    assertThat(portions.getFirst().size()).isEqualTo(LARGEST);
  }

  @Test
  void whoComesWhileOthersHoldLargeBuffersGetsSmallOnes() {
    // Given
    List<BufferShare.Portion> portions = new ArrayList<>();

    // When
    long held = 0;
    for (int reader = 0; reader < 1000; reader++) {
      BufferShare.Portion portion = share.portion();
      portions.add(portion);
      for (int buffer = 0; buffer < 2; buffer++) {
        held += portion.size();
        portion.add(portion.size());
      }
    }

    // Then
    assertThat(held).isBetween(ALL / 2, ALL + 2L * 1000 * SMALLEST);
  }

  @Test
  void buffersThatHaveLeftMakeRoomForLargerOnes() {
    // Given
    List<BufferShare.Portion> portions = portions(2);
    portions.getFirst().add((int) ALL);
    int before = portions.getLast().size();

    // When
    portions.getFirst().keep(-1);

    // Then
    assertThat(before).isEqualTo(SMALLEST);
    assertThat(portions.getLast().size()).isEqualTo(LARGEST);
  }

  private List<BufferShare.Portion> portions(int count) {
    return IntStream.range(0, count)
        .mapToObj(_ -> share.portion())
        .collect(Collectors.toCollection(ArrayList::new));
  }

  @Test
  void requestsShareTheMemoryBeforeTheDisk() {
    // Given
    RequestShare requests = new RequestShare(32, LARGEST);

    // When
    int prefetch = requests.prefetch();
    int piece = requests.piece();
    IntStream.range(0, 256).forEach(_ -> requests.came());

    // Then
    assertThat(prefetch).isEqualTo(32);
    assertThat(piece).isEqualTo(LARGEST);
    assertThat(requests.prefetch()).isEqualTo(4);
    assertThat(requests.piece()).isEqualTo(128 * 1024);
  }

  @Test
  void helpIsGivenToSomeAtATime() {
    // Given
    RequestShare requests = new RequestShare(32, LARGEST);

    // When
    long helped = IntStream.range(0, 100).filter(_ -> requests.takeHelper()).count();
    boolean another = requests.takeHelper();
    requests.giveHelperBack();

    // Then
    assertThat(helped).isEqualTo(16);
    assertThat(another).isFalse();
    assertThat(requests.takeHelper()).isTrue();
  }
}
