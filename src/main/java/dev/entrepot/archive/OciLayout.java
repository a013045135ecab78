package dev.entrepot.archive;

import dev.entrepot.manifest.Manifest;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.oci.RegistryException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The image layout of the OCI image specification. */
final class OciLayout implements Layout {

  static final String MARKER = "oci-layout";
  static final String INDEX = "index.json";

  /** What the specification has for a name; often only a tag. */
  static final String REFERENCE = "org.opencontainers.image.ref.name";

  /** What containerd and Docker add: the name with its registry. */
  static final String FULL_NAME = "io.containerd.image.name";

  private final ArchiveFiles files;
  private final List<ArchivedImage> images;

  private OciLayout(ArchiveFiles files, List<ArchivedImage> images) {
    this.files = files;
    this.images = images;
  }

  static OciLayout read(ArchiveFiles files) throws IOException {
    JsonNode index = SmallFile.json(files, INDEX);
    return new OciLayout(
        files, index.path("manifests").valueStream().map(OciLayout::image).toList());
  }

  /** Where a layout keeps content. */
  static String blob(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  @Override
  public List<ArchivedImage> images() {
    return images;
  }

  @Override
  public OptionalLong size(Digest digest) throws IOException {
    return files.size(blob(digest));
  }

  @Override
  public InputStream open(Digest digest) throws IOException {
    return files.open(blob(digest));
  }

  private static ArchivedImage image(JsonNode entry) {
    String mediaType = entry.path("mediaType").asString("");
    Digest digest =
        Digest.tryParse(entry.path("digest").asString(""))
            .orElseThrow(
                () ->
                    new ArchiveException("the archive's index.json lists an image without digest"));
    if (!Manifest.isManifest(mediaType)) {
      throw new ArchiveException(
          "the archive's index.json lists %s as %s, which is no image"
              .formatted(digest, ArchiveFiles.shown(mediaType)));
    }
    Optional<String> full = entry.path("annotations").path(FULL_NAME).asStringOpt();
    Optional<String> reference = entry.path("annotations").path(REFERENCE).asStringOpt();
    List<ImageReference> names =
        Stream.of(full, reference)
            .flatMap(Optional::stream)
            .filter(OciLayout::hasRegistry)
            .flatMap(name -> parsed(name).stream())
            .distinct()
            .limit(1)
            .toList();
    return new ArchivedImage(
        names,
        ArchiveFiles.shown(full.or(() -> reference).orElse(digest.toString())),
        new Descriptor(mediaType, digest, Math.max(0, entry.path("size").asLong(0))));
  }

  /** Without one it is a tag or a made-up name, which says nothing on where the image is from. */
  private static boolean hasRegistry(String name) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    return first.contains(".") || first.contains(":") || first.equals("localhost");
  }

  static Optional<ImageReference> parsed(String name) {
    try {
      return Optional.of(ImageReference.parse(name));
    } catch (RegistryException _) {
      return Optional.empty();
    }
  }
}
