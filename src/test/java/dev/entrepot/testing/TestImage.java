package dev.entrepot.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A small valid image that runtimes can unpack and run; equal recipes give equal bytes. */
public record TestImage(ImageManifest manifest, List<ImageBlob> blobs, String architecture) {

  public TestImage {
    blobs = List.copyOf(blobs);
  }

  /** An OCI linux/amd64 image with two small layers, whose entrypoint waits for ever. */
  public static TestImage create(long seed) {
    return recipe(seed).build();
  }

  /** What to put into an image, starting from two small OCI layers for linux/amd64. */
  public static Recipe recipe(long seed) {
    return new Recipe(seed);
  }

  /** The image's config, the first of its blobs. */
  public ImageBlob config() {
    return blobs.getFirst();
  }

  /** The image's layers, lowest first. */
  public List<ImageBlob> layers() {
    return blobs.subList(1, blobs.size());
  }

  /** The digest of its manifest. */
  public String digest() {
    return manifest.digest();
  }

  /** Collects what an image shall contain. */
  public static final class Recipe {

    private static final String ENTRYPOINT = "pause";

    private final long seed;
    private final List<Long> layerSizes = new ArrayList<>();
    private boolean docker;
    private String architecture = "amd64";

    private Recipe(long seed) {
      this.seed = seed;
    }

    /** Docker v2 media types instead of OCI ones. */
    public Recipe docker() {
      docker = true;
      return this;
    }

    /** {@code amd64} or {@code arm64}. */
    public Recipe architecture(String name) {
      architecture = name;
      return this;
    }

    /**
     * Adds a layer with one incompressible file of this size. Below a MiB it is gzip; a bigger one
     * is a plain tar made up on the fly, so that its size costs no memory.
     */
    public Recipe layer(long size) {
      layerSizes.add(size);
      return this;
    }

    /** Bakes the image. */
    public TestImage build() {
      var layers = new ArrayList<ImageBlob>();
      var contents = new ArrayList<String>();
      for (var tar : archives()) {
        boolean compressed = tar.length() < (2 << 20);
        var body = compressed ? TarArchive.gzip(tar) : tar;
        layers.add(ImageBlob.of(layerType(compressed), body));
        contents.add("\"" + Hashing.digest(tar) + "\"");
      }
      var config =
          ImageBlob.of(
              docker
                  ? "application/vnd.docker.container.image.v1+json"
                  : "application/vnd.oci.image.config.v1+json",
              Body.of(
                  """
                  {"architecture":"%s","os":"linux","config":{"Entrypoint":["/%s"],"Env":["SEED=%d"]},\
                  "rootfs":{"type":"layers","diff_ids":[%s]}}"""
                      .formatted(architecture, ENTRYPOINT, seed, String.join(",", contents))));
      var blobs = new ArrayList<>(List.of(config));
      blobs.addAll(layers);
      return new TestImage(manifest(config, layers), blobs, architecture);
    }

    private List<Body> archives() {
      var archives = new ArrayList<Body>();
      archives.add(
          new TarArchive()
              .directory("etc")
              .file("etc/seed", 0644, Body.of("seed " + seed + "\n"))
              .file(ENTRYPOINT, 0755, PauseProgram.elf(architecture))
              .plain());
      var sizes = layerSizes.isEmpty() ? List.of(2_000L) : layerSizes;
      for (long size : sizes) {
        int number = archives.size();
        var content = TestBlob.of(seed * 31 + number, size);
        archives.add(
            new TarArchive().directory("data").file("data/layer-" + number, 0644, content).plain());
      }
      return archives;
    }

    private ImageManifest manifest(ImageBlob config, List<ImageBlob> layers) {
      var mediaType =
          docker
              ? "application/vnd.docker.distribution.manifest.v2+json"
              : "application/vnd.oci.image.manifest.v1+json";
      var json =
          "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
              .formatted(
                  mediaType,
                  config.descriptor(),
                  layers.stream().map(ImageBlob::descriptor).collect(Collectors.joining(",")));
      return new ImageManifest(mediaType, json);
    }

    private String layerType(boolean compressed) {
      if (docker) {
        return "application/vnd.docker.image.rootfs.diff.tar" + (compressed ? ".gzip" : "");
      }
      return "application/vnd.oci.image.layer.v1.tar" + (compressed ? "+gzip" : "");
    }
  }
}
