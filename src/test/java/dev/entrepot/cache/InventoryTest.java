package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Tag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InventoryTest {

  @TempDir private Path directory;
  private CacheUnderTest under;
  private StoredImages images;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory);
    images = new StoredImages(under);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @Test
  void everythingThatIsStoredIsListed() {
    // Given
    byte[] base = random(1, 50_000);
    StoredImages.Image first = images.store("library/first", "1.0", base, random(2, 30_000));
    StoredImages.Image second = images.store("library/second", "2.0", base, random(3, 20_000));

    // When
    Inventory inventory = under.cache().inventory();
    Inventory.Image found = result(inventory.image(first.address(), new Tag("1.0")));

    // Then
    assertThat(inventory.repositories().collectList().block(PATIENCE))
        .containsExactly(first.address(), second.address());
    assertThat(found.tags()).containsExactly(new Tag("1.0"));
    assertThat(found.bytes()).isEqualTo(first.bytes());
    assertThat(found.content())
        .allMatch(Inventory.Item::isStored)
        .extracting(Inventory.Item::digest)
        .containsAll(first.digests());
    assertThat(found.isPinned()).isFalse();
    assertThat(result(inventory.totals()).bytes())
        .isEqualTo(first.bytes() + second.bytes() - base.length);
    assertThat(result(inventory.stock(second.address())).bytes()).isEqualTo(second.bytes());
  }

  @Test
  void whatWasNeverPulledIsNotThere() {
    // When
    var found = under.cache().inventory().image(StoredImages.address("a/b"), new Tag("x"));

    // Then
    assertThat(found.blockOptional(PATIENCE)).isEmpty();
  }

  @Test
  void pinsOutliveARestart() {
    // Given
    StoredImages.Image image = images.store("library/a", "1", random(1, 10_000));
    under.cache().pins().pin(image.address(), new Tag("1")).block(PATIENCE);
    Path file = directory.resolve("upstreams/docker.io/library+a/pins/1.json");
    await(() -> Files.exists(file));

    // When
    ContentCache cache = under.reopen();

    // Then
    assertThat(cache.pins().all().collectList().block(PATIENCE))
        .singleElement()
        .satisfies(
            pin -> {
              assertThat(pin.reference()).isEqualTo(new Tag("1"));
              assertThat(pin.target()).contains(image.digest());
            });
    assertThat(result(cache.inventory().image(image.address(), image.digest())).isPinned())
        .isTrue();
    assertThat(result(cache.inventory().totals()).pinnedBytes()).isEqualTo(image.bytes());
    assertThat(under.meters.get("entrepot.cache.pinned.bytes").gauge()).isNotNull();
  }

  @Test
  void anUnpinnedImageIsNotPinnedAfterARestart() {
    // Given
    StoredImages.Image image = images.store("library/a", "1", random(1, 10_000));
    under.cache().pins().pin(image.address(), image.digest()).block(PATIENCE);

    // When
    boolean wasPinned = result(under.cache().pins().unpin(image.address(), image.digest()));
    boolean isPinnedStill = result(under.cache().pins().unpin(image.address(), image.digest()));

    // Then
    assertThat(wasPinned).isTrue();
    assertThat(isPinnedStill).isFalse();
    assertThat(under.reopen().pins().all().collectList().block(PATIENCE)).isEmpty();
  }

  @Test
  void aPurgedImageTakesAlongWhatNothingElseNeeds() {
    // Given
    byte[] base = random(1, 50_000);
    StoredImages.Image first = images.store("library/a", "1.0", base, random(2, 30_000));
    StoredImages.Image second = images.store("library/a", "2.0", base, random(3, 20_000));

    // When
    Purge.Purged purged = result(under.cache().purge().image(first.address(), new Tag("1.0")));

    // Then
    assertThat(purged.bytes()).isEqualTo(first.bytes() - base.length);
    assertThat(result(under.cache().bytes(first.digest()))).isEmpty();
    assertThat(result(under.cache().tags().find(first.address(), new Tag("1.0")))).isEmpty();
    assertThat(
            result(
                under
                    .cache()
                    .links()
                    .find(first.address(), Links.Kind.BLOB, Digest.sha256Of(base))))
        .isPresent();
    assertThat(result(under.cache().inventory().image(second.address(), new Tag("2.0"))).bytes())
        .isEqualTo(second.bytes());
  }

  @Test
  void aPurgedRepositoryLeavesWhatAnotherOneLinks() {
    // Given
    byte[] base = random(1, 50_000);
    StoredImages.Image first = images.store("library/a", "1.0", base, random(2, 30_000));
    StoredImages.Image second = images.store("library/b", "1.0", base);

    // When
    Purge.Purged purged = result(under.cache().purge().repository(first.address()));

    // Then
    assertThat(purged.bytes()).isEqualTo(first.bytes() - base.length);
    assertThat(under.isStored(base)).isTrue();
    await(() -> result(under.cache().inventory().stock(first.address())).images().isEmpty());
    assertThat(result(under.cache().inventory().stock(second.address())).images()).hasSize(1);
  }

  @Test
  void whatIsPinnedIsNotPurged() {
    // Given
    StoredImages.Image image = images.store("library/a", "1", random(1, 10_000));
    StoredImages.Image other = images.store("library/a", "2", random(2, 10_000));
    under.cache().pins().pin(image.address(), new Tag("1")).block(PATIENCE);

    // When
    List<Purge.Purged> purges =
        List.of(
            result(under.cache().purge().image(image.address(), new Tag("1"))),
            result(under.cache().purge().content(image.digest())),
            result(under.cache().purge().repository(image.address())));

    // Then
    assertThat(purges).extracting(Purge.Purged::keptForPins).containsExactly(1, 1, 1);
    assertThat(result(under.cache().inventory().totals()).bytes()).isEqualTo(image.bytes());
    assertThat(result(under.cache().bytes(other.digest()))).isEmpty();
  }

  @Test
  void aPurgedDigestIsGoneFromEveryRepository() {
    // Given
    byte[] base = random(1, 50_000);
    StoredImages.Image first = images.store("library/a", "1.0", base);
    images.store("library/b", "1.0", base);

    // When
    Purge.Purged purged = result(under.cache().purge().content(Digest.sha256Of(base)));

    // Then
    assertThat(purged.links()).isEqualTo(2);
    assertThat(purged.bytes()).isEqualTo(base.length);
    assertThat(under.file(base)).doesNotExist();
    assertThat(
            result(
                under
                    .cache()
                    .links()
                    .find(first.address(), Links.Kind.BLOB, Digest.sha256Of(base))))
        .isEmpty();
  }

  @Test
  void aRecheckFindsAndDropsWhatIsDamaged() throws Exception {
    // Given
    byte[] good = random(1, 50_000);
    byte[] bad = random(2, 9 * 1024 * 1024);
    StoredImages.Image image = images.store("library/a", "1.0", good, bad);
    StoredContentTest.Damage.FLIPPED.afflict(under.file(bad), directory);

    // When
    List<Recheck.Checked> progress = result(under.cache().recheck().all().collectList());

    // Then
    assertThat(progress).hasSizeGreaterThan(4);
    Recheck.Checked last = progress.getLast();
    assertThat(last.count()).isEqualTo(last.countTotal()).isEqualTo(4);
    assertThat(last.bytes()).isEqualTo(last.bytesTotal()).isEqualTo(image.bytes());
    assertThat(last.damaged()).containsExactly(Digest.sha256Of(bad));
    assertThat(under.file(bad)).doesNotExist();
    assertThat(under.file(good)).exists();
    assertThat(under.meters.counter("entrepot.cache.damaged", "found", "check").count())
        .isEqualTo(1);
  }

  @Test
  void aRecheckOfOneImageReadsNothingElse() {
    // Given
    StoredImages.Image image = images.store("library/a", "1", random(1, 10_000));
    images.store("library/a", "2", random(2, 10_000));

    // When
    Recheck.Checked last =
        result(under.cache().recheck().image(image.address(), new Tag("1")).last());

    // Then
    assertThat(last.bytesTotal()).isEqualTo(image.bytes());
    assertThat(last.damaged()).isEmpty();
  }
}
