package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class EvictionOrderTest {

  private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

  private final List<Entry> entries = new ArrayList<>();
  private final Map<Digest, Needs> images = new HashMap<>();

  @Test
  void theLeastRecentlyUsedImageGoesTogetherAndItsSmallPartsLast() {
    // Given
    manifest("old", 1, "old-config", "old-1", "old-2");
    manifest("new", 3, "new-config", "new-1");
    // Interleaved, as by two pulls at once.
    stored("new-1", 4);
    stored("old-1", 5);
    stored("new-config", 6);
    stored("old-config", 2);
    stored("old-2", 2);

    // When
    List<String> order = order();

    // Then
    assertThat(order.subList(0, 2)).containsExactlyInAnyOrder("old-1", "old-2");
    assertThat(order.subList(2, 4)).containsExactly("old-config", "old");
    assertThat(order.subList(4, 7)).containsExactly("new-1", "new-config", "new");
  }

  @Test
  void aSharedLayerStaysWithTheMostRecentImage() {
    // Given
    manifest("new", 9, "new-config", "base");
    manifest("old", 1, "old-config", "base", "old-1");
    stored("base", 1);
    stored("old-1", 1);

    // When
    List<String> order = order();

    // Then
    assertThat(order).containsExactly("old-1", "old", "base", "new");
  }

  @Test
  void aUseOfAnIndexUsesTheImagesInIt() {
    // Given
    index("index", 9, "image");
    manifest("image", 1, "config", "layer");
    stored("layer", 1);
    stored("loose", 5);

    // When
    List<String> order = order();

    // Then
    assertThat(order).containsExactly("loose", "layer", "image", "index");
  }

  @Test
  void anImageWhoseLayersAreReadIsUsed() {
    // Given
    manifest("lazy", 1, "config", "layer", "other");
    stored("layer", 9);
    stored("other", 1);
    stored("loose", 5);

    // When
    List<String> order = order();

    // Then
    assertThat(order.getFirst()).isEqualTo("loose");
    assertThat(order.getLast()).isEqualTo("lazy");
  }

  @Test
  void whatIsUsedOftenOutlastsWhatIsUsedOnceALittleLater() {
    // Given
    Entry often = stored("often", 0);
    for (int day = 1; day < 4; day++) {
      often.used(START.plus(Duration.ofHours(day)));
    }
    stored("scanned", 5);

    // When
    List<String> order = order();

    // Then
    assertThat(order).containsExactly("scanned", "often");
  }

  @Test
  void whatWasUsedOftenLongAgoGoes() {
    // Given
    Entry often = stored("often", 0);
    for (int day = 1; day < 9; day++) {
      often.used(START.plus(Duration.ofHours(day)));
    }
    stored("lately", 48);

    // When
    List<String> order = order();

    // Then
    assertThat(order).containsExactly("often", "lately");
  }

  @Test
  void theUsesOfOnePullAreOneOccasion() {
    // Given
    Entry pulled = stored("pulled", 0);
    for (int second = 1; second < 100; second++) {
      pulled.used(START.plusSeconds(second));
    }

    // When
    Instant recency = pulled.recency();

    // Then
    assertThat(recency).isEqualTo(START.plusSeconds(99));
  }

  private void manifest(String name, int hour, String config, String... layers) {
    stored(name, hour);
    images.put(digest(name), new Needs(Set.of(), Set.of(digest(config)), digests(layers)));
  }

  private void index(String name, int hour, String... manifests) {
    stored(name, hour);
    images.put(digest(name), new Needs(digests(manifests), Set.of(), Set.of()));
  }

  private Entry stored(String name, int hour) {
    Instant use = START.plus(Duration.ofHours(hour));
    Entry entry = Entry.stored(digest(name), new FileLooks(true, 10, 0, 0), use);
    entries.add(entry);
    names.put(digest(name), name);
    return entry;
  }

  private final Map<Digest, String> names = new HashMap<>();

  private List<String> order() {
    return EvictionOrder.of(entries, images).stream()
        .map(entry -> names.getOrDefault(entry.digest(), "?"))
        .toList();
  }

  private static Set<Digest> digests(String... names) {
    return Arrays.stream(names).map(EvictionOrderTest::digest).collect(Collectors.toSet());
  }

  private static Digest digest(String name) {
    return Digest.sha256Of(name.getBytes(StandardCharsets.UTF_8));
  }
}
