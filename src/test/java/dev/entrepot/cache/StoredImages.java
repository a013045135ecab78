package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.oci.Tag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Stores images the way a pull does: tag, manifest, config and layers, each with its link. */
final class StoredImages {

  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  private final CacheUnderTest under;

  StoredImages(CacheUnderTest under) {
    this.under = under;
  }

  /**
   * An image that is stored.
   *
   * @param digests of its config and layers
   */
  record Image(RepositoryAddress address, Digest digest, List<Digest> digests, long bytes) {}

  static RepositoryAddress address(String name) {
    return new RepositoryAddress(RegistryHost.DOCKER_HUB, new RepositoryName(name));
  }

  Image store(String repository, String tag, byte[]... layers) {
    RepositoryAddress address = address(repository);
    byte[] config =
        "{\"image\": \"%s:%s\"}".formatted(repository, tag).getBytes(StandardCharsets.UTF_8);
    List<byte[]> blobs = new ArrayList<>(List.of(config));
    blobs.addAll(Arrays.asList(layers));
    byte[] manifest =
        "{\"config\": %s, \"layers\": [%s]}"
            .formatted(
                descriptor(config),
                Stream.of(layers).map(StoredImages::descriptor).collect(Collectors.joining(",")))
            .getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.sha256Of(manifest);
    Descriptor descriptor = new Descriptor(MANIFEST, digest, manifest.length);
    point(address, tag, descriptor, manifest);
    for (byte[] blob : blobs) {
      Digest known = Digest.sha256Of(blob);
      if (!under.isStored(blob)) {
        under.keep(blob);
      }
      under
          .cache()
          .links()
          .prove(address, Links.Kind.BLOB, new Descriptor("any/thing", known, blob.length))
          .block(PATIENCE);
    }
    return new Image(
        address,
        digest,
        blobs.stream().map(Digest::sha256Of).toList(),
        manifest.length + blobs.stream().mapToLong(blob -> blob.length).sum());
  }

  /** An index of images that are stored. */
  Image storeIndex(String repository, String tag, Image... images) {
    RepositoryAddress address = address(repository);
    byte[] index =
        "{\"manifests\": [%s]}"
            .formatted(
                Stream.of(images)
                    .map(image -> "{\"digest\": \"%s\"}".formatted(image.digest()))
                    .collect(Collectors.joining(",")))
            .getBytes(StandardCharsets.UTF_8);
    Descriptor descriptor =
        new Descriptor(
            "application/vnd.oci.image.index.v1+json", Digest.sha256Of(index), index.length);
    point(address, tag, descriptor, index);
    return new Image(
        address,
        descriptor.digest(),
        Stream.of(images).map(Image::digest).toList(),
        index.length + Stream.of(images).mapToLong(Image::bytes).sum());
  }

  private void point(RepositoryAddress address, String tag, Descriptor descriptor, byte[] bytes) {
    ContentCache cache = under.cache();
    cache.store(descriptor.digest(), bytes).block(PATIENCE);
    cache.links().prove(address, Links.Kind.MANIFEST, descriptor).block(PATIENCE);
    cache
        .tags()
        .put(address, new Tag(tag), new TagRecord(descriptor, under.clock.instant()))
        .block(PATIENCE);
    await(() -> under.isStored(bytes));
  }

  private static String descriptor(byte[] blob) {
    return "{\"digest\": \"%s\", \"size\": %d}".formatted(Digest.sha256Of(blob), blob.length);
  }
}
