package dev.entrepot.stock;

import dev.entrepot.archive.LayoutWriter;
import dev.entrepot.archive.NamedImage;
import dev.entrepot.manifest.Platform;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Carries images out of the stock, in exact bytes. They are read where the cache keeps them, beside
 * whoever has it open, and held against their digests; no listener hands them out.
 */
public final class Exporting {

  private final Path directory;
  private final Optional<Platform> platform;
  private final List<NamedImage> images = new ArrayList<>();
  private final Map<Digest, Descriptor> contents = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();

  /**
   * @param directory the cache's
   * @param platform the only one of an index that is wanted
   */
  public Exporting(Path directory, Optional<Platform> platform) {
    this.directory = directory;
    this.platform = platform;
  }

  /** Adds an image, or as much of an index as is whole; fails if nothing is. */
  public void add(ImageReference name, ImageTree tree) {
    ImageTree.Node root = tree.root();
    List<ImageTree.Node> left =
        root.all().filter(node -> isImage(node) && !isWanted(node, root)).toList();
    List<ImageTree.Node> usable =
        root.all().filter(node -> isImage(node) && isWanted(node, root)).toList();
    if (usable.isEmpty()) {
      throw new StockException(
          "tried to export %s but the cache holds %s"
              .formatted(
                  name,
                  platform
                      .map(wanted -> "no whole image of it for " + wanted)
                      .orElse("no platform of it whole")));
    }
    left.stream()
        .filter(node -> platform.isEmpty())
        .forEach(
            node ->
                missing.add(
                    name + " for " + (node.platform() == null ? node.digest() : node.platform())));
    images.add(new NamedImage(name, descriptor(root)));
    root.all()
        .filter(node -> node.kind().equals(ImageTree.INDEX) && node.stored())
        .forEach(this::keep);
    usable.forEach(image -> image.all().forEach(this::keep));
  }

  private static boolean isImage(ImageTree.Node node) {
    return node.kind().equals("image");
  }

  private boolean isWanted(ImageTree.Node image, ImageTree.Node root) {
    return image.isWhole()
        && (platform.isEmpty()
            || image.equals(root)
            || (image.platform() != null && isFor(image.platform(), platform.get())));
  }

  /** What an index says of its images may be anything. */
  private static boolean isFor(String said, Platform wanted) {
    try {
      return Platform.parse(said).satisfies(wanted);
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private void keep(ImageTree.Node node) {
    Descriptor descriptor = descriptor(node);
    contents.putIfAbsent(descriptor.digest(), descriptor);
  }

  private static Descriptor descriptor(ImageTree.Node node) {
    return new Descriptor(node.mediaType(), Digest.parse(node.digest()), node.size());
  }

  /** What of the images' indexes is not stored whole, and so left out. */
  public List<String> missing() {
    return List.copyOf(missing);
  }

  /** How many blobs there will be. */
  public int count() {
    return contents.size();
  }

  /** How many bytes they have. */
  public long bytes() {
    return contents.values().stream().mapToLong(Descriptor::size).sum();
  }

  /**
   * Writes all that was added; blocks.
   *
   * @param written is told of every blob
   */
  public void write(LayoutWriter writer, Consumer<Descriptor> written) throws IOException {
    writer.begin(images);
    for (Descriptor content : contents.values()) {
      try (InputStream bytes = open(content.digest())) {
        writer.blob(content, bytes);
      }
      written.accept(content);
    }
    writer.finish();
  }

  private InputStream open(Digest digest) throws IOException {
    Path file =
        directory
            .resolve("blobs")
            .resolve(digest.algorithm())
            .resolve(digest.hex().substring(0, 2))
            .resolve(digest.hex());
    try {
      return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new StockException(
          "tried to export blob %s but %s %s; run export on the cache's machine, as a user who can read the cache's directory"
              .formatted(
                  digest,
                  file,
                  e instanceof NoSuchFileException ? "is not there" : "cannot be read"));
    }
  }
}
