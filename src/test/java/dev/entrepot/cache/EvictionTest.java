package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
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
    assertThat(under.meters.counter("entrepot.cache.evicted.bytes", "cause", "size").count())
        .isEqualTo(SIZE);
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

  // Scorecard 30.
  @Test
  void theImageThatWasNotUsedForLongestGoesAndWhatItSharesStays() {
    // Given
    StoredImages images = new StoredImages(under);
    StoredImages.Image old = images.store("a/old", "1", blobs.get(0), blobs.get(1));
    under.clock.advance(Duration.ofMinutes(2));
    StoredImages.Image used = images.store("a/used", "1", blobs.get(0), blobs.get(2));
    under.clock.advance(Duration.ofMinutes(2));

    // When
    keep(3);

    // Then
    assertThat(kept()).containsExactly(0, 2, 3);
    assertThat(under.file(used.digest())).exists();
    assertThat(under.file(old.digest())).exists();
  }

  @Test
  void whatAPinnedImageNeedsStays() {
    // Given
    StoredImages.Image pinned = pinned();
    keep(2);

    // When
    keep(3, 4);

    // Then
    assertThat(kept()).containsExactly(0, 1, 4);
    assertThat(under.file(pinned.digest())).exists();
    assertThat(under.meters.get("entrepot.cache.pinned.bytes").gauge().value())
        .isEqualTo((double) pinned.bytes());
  }

  @Test
  void aPinnedIndexKeepsTheImagesInIt() {
    // Given
    StoredImages images = new StoredImages(under);
    StoredImages.Image image = images.store("a/b", "amd64", blobs.get(0), blobs.get(1));
    StoredImages.Image index = images.storeIndex("a/b", "1", image);
    under.cache().pins().pin(index.address(), index.digest()).block(CacheUnderTest.PATIENCE);
    under.clock.advance(Duration.ofMinutes(2));

    // When
    keep(2, 3, 4);

    // Then
    assertThat(kept()).containsExactly(0, 1, 4);
  }

  @Test
  void aPinnedTagThatUpstreamLosesKeepsWhatItPointedAtLast() {
    // Given
    StoredImages images = new StoredImages(under);
    StoredImages.Image first = images.store("a/b", "1", blobs.get(0));
    under.cache().pins().pin(first.address(), new Tag("1")).block(CacheUnderTest.PATIENCE);
    images.store("a/b", "1", blobs.get(1));
    under.clock.advance(Duration.ofMinutes(2));
    keep(2, 3);

    // When
    under.cache().tags().remove(first.address(), new Tag("1")).block(CacheUnderTest.PATIENCE);
    keep(4);

    // Then
    assertThat(kept()).containsExactly(1, 3, 4);
  }

  @Test
  void imagesAreKnownAgainAfterARestart() {
    // Given
    StoredImages images = new StoredImages(under);
    images.store("a/old", "1", blobs.get(0));
    under.clock.advance(Duration.ofMinutes(2));
    StoredImages.Image used = images.store("a/used", "1", blobs.get(1));
    keep(2);
    result(under.reopen().bytes(used.digest()));
    under.clock.advance(Duration.ofMinutes(2));
    under.timer.advanceTimeBy(Duration.ofSeconds(1));

    // When
    keep(3, 4);

    // Then
    assertThat(kept()).containsExactly(1, 3, 4);
  }

  @Test
  void aPinHoldsFromTheFirstMomentAfterARestart() {
    // Given
    pinned();
    await(() -> Files.exists(directory.resolve("upstreams/docker.io/a+pinned/pins/1.json")));
    keep(2);
    under.reopen();

    // When
    keep(3, 4);

    // Then
    assertThat(kept()).containsExactly(0, 1, 4);
  }

  @Test
  void aCacheFullOfPinsPassesThrough() {
    // Given
    StoredImages images = new StoredImages(under);
    StoredImages.Image image = images.store("a/b", "1", blobs.get(0), blobs.get(1), blobs.get(2));
    under.cache().pins().pin(image.address(), new Tag("1")).block(CacheUnderTest.PATIENCE);
    under.clock.advance(Duration.ofHours(1));

    // When
    try (LogLines log = LogLines.listen()) {
      for (byte[] blob : blobs.subList(3, 5)) {
        byte[] received = readAll(under.fetch(Digest.sha256Of(blob), under.source(blob)).content());
        assertThat(received).isEqualTo(blob);
      }

      // Then
      assertThat(log.all()).filteredOn(line -> line.contains("full of pinned images")).hasSize(1);
    }
    assertThat(kept()).containsExactly(0, 1, 2);
  }

  @Test
  void anUnpinnedImageGoesAgain() {
    // Given
    StoredImages.Image image = pinned();
    under.cache().pins().unpin(image.address(), new Tag("1")).block(CacheUnderTest.PATIENCE);

    // When
    keep(2, 3, 4);

    // Then
    assertThat(kept()).containsExactly(2, 3, 4);
  }

  // Scorecard 30.
  @Test
  void aFullCacheIsEmptiedToTheLowMarkAndTheDiskGetsItsSpaceBack() throws IOException {
    // Given
    under.close();
    under = new CacheUnderTest(directory, DataSize.ofBytes(100 * SIZE / 10), Long.MAX_VALUE);
    for (int i = 0; i < 10; i++) {
      under.keep(random(100 + i, SIZE));
      under.clock.advance(Duration.ofMinutes(2));
    }

    // When
    try (LogLines log = LogLines.listen()) {
      under.keep(random(200, SIZE));

      // Then
      assertThat(log.all())
          .filteredOn(line -> line.startsWith("evicted "))
          .singleElement()
          .asString()
          .startsWith(
              "evicted cause=size blobs=2 bytes=%d stored=%d\n".formatted(2 * SIZE, 8 * SIZE));
    }
    assertThat(under.meters.counter("entrepot.cache.evictions", "cause", "size").count())
        .isEqualTo(2);
    try (var files = Files.walk(directory.resolve("blobs"))) {
      assertThat(files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum())
          .isEqualTo(9 * SIZE);
    }
  }

  @Test
  void linksWhoseContentIsLongGoneAreSwept() throws IOException {
    // Given
    StoredImages images = new StoredImages(under);
    StoredImages.Image image = images.store("a/b", "1", blobs.get(0));
    var lost = new Descriptor("any/thing", Digest.sha256Of(blobs.get(4)), SIZE);
    under
        .cache()
        .links()
        .prove(image.address(), Links.Kind.BLOB, lost)
        .block(CacheUnderTest.PATIENCE);
    Path links = directory.resolve("upstreams/docker.io/a+b/blobs");
    await(() -> CacheUnderTest.files(links).size() == 3);
    for (Path link : CacheUnderTest.files(links)) {
      Files.setLastModifiedTime(
          link, FileTime.from(under.clock.instant().minus(Duration.ofDays(31))));
    }

    // When
    under.timer.advanceTimeBy(Duration.ofHours(1));

    // Then
    await(() -> CacheUnderTest.files(links).size() == 2);
    assertThat(links.resolve("sha256-" + lost.digest().hex() + ".json")).doesNotExist();
    assertThat(under.cache().tags().known(image.address(), new Tag("1"))).isPresent();
  }

  private StoredImages.Image pinned() {
    StoredImages.Image image =
        new StoredImages(under).store("a/pinned", "1", blobs.get(0), blobs.get(1));
    under.cache().pins().pin(image.address(), new Tag("1")).block(CacheUnderTest.PATIENCE);
    under.clock.advance(Duration.ofMinutes(2));
    return image;
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
