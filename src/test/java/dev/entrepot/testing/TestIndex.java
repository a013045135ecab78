package dev.entrepot.testing;

import java.util.List;
import java.util.stream.Collectors;

/** A multi-platform index over images of one dialect. */
public record TestIndex(ImageManifest manifest, List<TestImage> images) {

  /** The index over these images, in OCI or docker dialect as the first one is. */
  public static TestIndex of(TestImage... images) {
    var list = List.of(images);
    boolean oci = list.getFirst().manifest().mediaType().contains("oci");
    var mediaType =
        oci
            ? "application/vnd.oci.image.index.v1+json"
            : "application/vnd.docker.distribution.manifest.list.v2+json";
    var entries = list.stream().map(TestIndex::entry).collect(Collectors.joining(","));
    var json =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
            .formatted(mediaType, entries);
    return new TestIndex(new ImageManifest(mediaType, json), list);
  }

  /** An index with a linux/amd64 and a linux/arm64 image made from the seed. */
  public static TestIndex create(long seed) {
    return of(
        TestImage.recipe(seed).build(), TestImage.recipe(seed + 1).architecture("arm64").build());
  }

  private static String entry(TestImage image) {
    return image
        .manifest()
        .descriptor(
            ",\"platform\":{\"architecture\":\"%s\",\"os\":\"linux\"}"
                .formatted(image.architecture()));
  }
}
