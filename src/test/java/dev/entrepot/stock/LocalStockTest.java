package dev.entrepot.stock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.cache.Links;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.CacheSettings;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalStockTest {

  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String IMAGE = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final ImageReference NAME = ImageReference.parse("registry.test/app:1");

  @TempDir private Path directory;
  private RepositoryAddress address;
  private ContentCache cache;
  private LocalStock stock;

  @SuppressWarnings("NullAway.Init") // set before each test
  LocalStockTest() {}

  @BeforeEach
  void open() {
    address = new RepositoryAddress(NAME.registry(), NAME.repository());
    cache =
        ContentCache.open(
            CacheSettings.in(directory).properties(), InstantSource.system(), Meters.unread());
    stock = new LocalStock(cache, new Addresses(_ -> address), InstantSource.system());
  }

  @AfterEach
  void close() {
    cache.close();
  }

  @Test
  void whatIsListedOverAndOverIsShownOnce() {
    // Given
    String layer = listed(LAYER, keep("layer"));
    Descriptor image = image(keep("{}"), Collections.nCopies(4_000, layer));
    Descriptor index = index(Collections.nCopies(4_000, listed(IMAGE, image)));

    // When
    ImageTree.Node root = Awaited.of(new Trees(cache).read(index));

    // Then
    assertThat(root.all()).hasSize(4);
  }

  @Test
  void anImageOfMorePartsThanMemoryHoldsIsRefused() {
    // Given: each no hostile size, but together
    Iterable<String> images =
        IntStream.range(0, 12)
            .mapToObj(
                one ->
                    listed(
                        IMAGE,
                        image(
                            keep("{}"),
                            IntStream.range(0, 1_000)
                                .mapToObj(i -> listed(LAYER, said(one + "-" + i)))
                                .toList())))
            .toList();
    Descriptor index = index(images);

    // When / Then
    assertThatThrownBy(() -> new Trees(cache).read(index).block(Await.DEADLINE))
        .isInstanceOf(StockException.class)
        .hasMessageContaining("lists more than 10000 parts");
  }

  @Test
  void anImageWhosePartsAreOfOtherSizesIsNotAdmitted() {
    // Given
    Descriptor layer = keep("layer");
    Descriptor image =
        image(
            keep("{}"),
            Collections.singletonList(
                listed(LAYER, new Descriptor(LAYER, layer.digest(), layer.size() + 1))));

    // When / Then
    assertIsNotAdmitted(image, layer.digest() + " has 5 bytes where 6 are announced");
    assertIsNotAdmitted(
        new Descriptor(IMAGE, image.digest(), 1), image.digest() + " has " + image.size());
    assertThat(cache.links().find(address, Links.Kind.BLOB, layer.digest()).block(Await.DEADLINE))
        .isEmpty();
  }

  @Test
  void anImageOfAnotherMediaTypeIsNotAdmitted() {
    // Given
    Descriptor layer = keep("layer");
    Descriptor image = image(keep("{}"), Collections.singletonList(listed(LAYER, layer)));
    Descriptor index =
        keep("{\"mediaType\":\"%s\",\"manifests\":[%s]}".formatted(INDEX, listed(IMAGE, image)));

    // When / Then
    assertIsNotAdmitted(new Descriptor(INDEX, image.digest(), image.size()), "announced as");
    assertIsNotAdmitted(
        new Descriptor(
            "application/vnd.docker.distribution.manifest.list.v2+json",
            index.digest(),
            index.size()),
        "announced as");
    assertThat(
            stock
                .admit(NAME, new Descriptor(INDEX, index.digest(), index.size()), false)
                .block(Await.DEADLINE))
        .isNotNull();
  }

  private void assertIsNotAdmitted(Descriptor root, String reason) {
    assertThatThrownBy(() -> stock.admit(NAME, root, false).block(Await.DEADLINE))
        .isInstanceOf(StockException.class)
        .hasMessageContaining(reason);
  }

  private Descriptor index(Iterable<String> children) {
    Descriptor kept = keep("{\"manifests\":[%s]}".formatted(String.join(",", children)));
    return new Descriptor(INDEX, kept.digest(), kept.size());
  }

  private Descriptor image(Descriptor config, Iterable<String> layers) {
    Descriptor kept =
        keep(
            "{\"config\":%s,\"layers\":[%s]}"
                .formatted(listed(CONFIG, config), String.join(",", layers)));
    return new Descriptor(IMAGE, kept.digest(), kept.size());
  }

  private Descriptor keep(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    Descriptor said = said(text);
    stock
        .take(said.digest(), said.size(), () -> new ByteArrayInputStream(bytes))
        .block(Await.DEADLINE);
    return said;
  }

  private static Descriptor said(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return new Descriptor("application/octet-stream", Digest.sha256Of(bytes), bytes.length);
  }

  private static String listed(String mediaType, Descriptor descriptor) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(mediaType, descriptor.digest(), descriptor.size());
  }
}
