package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class EvictionTest {

  private static final int SIZE = 300_000;

  @TempDir private Path directory;
  private final List<byte[]> blobs = IntStream.range(0, 5).mapToObj(i -> random(i, SIZE)).toList();
  private CacheUnderTest under;

  @BeforeEach
  void openRoomForThree() {
    under = new CacheUnderTest(directory, DataSize.ofBytes(3 * SIZE + SIZE / 2), Long.MAX_VALUE);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @Test
  void theLeastRecentlyUsedBlobGoesFirst() {
    // Given
    keep(0, 1, 2);
    readAll(under.stored(blobs.get(0)));
    under.clock.advance(Duration.ofMinutes(2));

    // When
    keep(3);

    // Then
    assertThat(kept()).containsExactly(0, 2, 3);
    assertThat(under.meters.counter("entrepot.cache.evicted.bytes").count()).isEqualTo(SIZE);
  }

  @Test
  void theOrderOutlivesARestart() {
    // Given
    keep(0, 1, 2);
    readAll(under.stored(blobs.get(0)));
    under.clock.advance(Duration.ofMinutes(2));

    // When
    under.reopen();
    keep(3);

    // Then
    assertThat(kept()).containsExactly(0, 2, 3);
  }

  @Test
  void whatIsBeingReadStays() {
    // Given
    keep(0, 1, 2);
    HoldingSubscriber reader = new HoldingSubscriber();
    under.stored(blobs.get(0)).read(0, Long.MAX_VALUE).subscribe(reader);
    await(reader::hasOne);
    under.clock.advance(Duration.ofHours(1));
    keep(3);

    // When
    keep(4);

    // Then
    assertThat(kept()).containsExactly(0, 3, 4);
    reader.dispose();
  }

  @Test
  void whatWasJustOfferedStays() {
    // Given
    keep(0, 1, 2);
    Content offered = under.stored(blobs.get(0));
    under.stored(blobs.get(1));
    under.stored(blobs.get(2));
    readAll(under.stored(blobs.get(0)));

    // When
    keep(3);

    // Then
    assertThat(readAll(offered)).isEqualTo(blobs.get(0));
    assertThat(kept()).containsExactly(0, 1, 2);
  }

  @Test
  void whatNobodyCameForIsEvictedInTheEnd() {
    // Given
    keep(0, 1, 2);
    under.stored(blobs.get(0));
    under.clock.advance(Duration.ofMinutes(1));
    readAll(under.stored(blobs.get(1)));
    readAll(under.stored(blobs.get(2)));

    // When
    keep(3);

    // Then
    assertThat(kept()).containsExactly(1, 2, 3);
  }

  @Test
  void aFullDiskEvictsToo() {
    // Given
    keep(0, 1);
    under.volume.usable(10);

    // When
    keep(2);

    // Then
    assertThat(kept()).containsExactly(1, 2);
  }

  @Test
  void nothingIsEvictedForWhatWouldNotFitAnyway() {
    // Given
    keep(0, 1);
    byte[] large = random(9, 4 * SIZE);

    // When
    readAll(under.fetch(Digest.sha256Of(large), under.source(large)).content());

    // Then
    assertThat(kept()).containsExactly(0, 1);
  }

  @Test
  void theSizeIsMeasured() {
    // Given
    keep(0, 1);

    // When
    double bytes = under.meters.get("entrepot.cache.bytes").gauge().value();

    // Then
    assertThat(bytes).isEqualTo(2 * SIZE);
  }

  private void keep(int... numbers) {
    for (int number : numbers) {
      under.keep(blobs.get(number));
      under.clock.advance(Duration.ofMinutes(2));
    }
  }

  private List<Integer> kept() {
    return IntStream.range(0, blobs.size())
        .filter(i -> under.file(blobs.get(i)).toFile().exists())
        .boxed()
        .toList();
  }
}
