package dev.entrepot.archive;

import dev.entrepot.manifest.MediaTypes;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes an OCI image layout. Every image bears its full name, which containerd, Docker, podman and
 * skopeo find again. Every method may block.
 */
public final class LayoutWriter implements AutoCloseable {

  private final LayoutTarget target;
  private final Set<Digest> written = new HashSet<>();

  private LayoutWriter(LayoutTarget target) {
    this.target = target;
  }

  /** Into a new or empty directory. */
  public static LayoutWriter directory(Path directory) throws IOException {
    return new LayoutWriter(DirectoryTarget.create(directory));
  }

  /** Into a tar file, which is there once it is complete. */
  public static LayoutWriter tar(Path file) throws IOException {
    return new LayoutWriter(TarTarget.create(file));
  }

  /** Into a stream, which stays open. */
  public static LayoutWriter tar(OutputStream stream) {
    return new LayoutWriter(TarTarget.over(stream));
  }

  /** Says which images the layout holds; their content follows. */
  public void begin(List<NamedImage> images) throws IOException {
    text(OciLayout.MARKER, "{\"imageLayoutVersion\":\"1.0.0\"}");
    text(OciLayout.INDEX, index(images));
  }

  /**
   * Writes content, once. Fails with an {@link ArchiveException} if it is not what its digest says.
   */
  public void blob(Descriptor descriptor, InputStream bytes) throws IOException {
    Digest digest = descriptor.digest();
    if (!written.add(digest)) {
      return;
    }
    DigestInputStream hashing = new DigestInputStream(bytes, digest.newHash());
    target.file(OciLayout.blob(digest), descriptor.size(), hashing);
    if (bytes.read() >= 0 || !digest.matches(hashing.getMessageDigest())) {
      throw new ArchiveException(
          "tried to export blob %s but what is stored is not what its digest says; `entrepot cache verify` drops it"
              .formatted(digest));
    }
  }

  /** All is written. */
  public void finish() throws IOException {
    target.finish();
  }

  /** Leaves nothing behind that looks complete, unless it is. */
  @Override
  public void close() throws IOException {
    target.close();
  }

  private void text(String name, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    target.file(name, bytes.length, new ByteArrayInputStream(bytes));
  }

  private static String index(List<NamedImage> images) {
    ObjectNode index = JsonMapper.shared().createObjectNode();
    index.put("schemaVersion", 2);
    index.put("mediaType", MediaTypes.OCI_INDEX);
    ArrayNode manifests = index.putArray("manifests");
    for (NamedImage image : images) {
      ObjectNode entry = manifests.addObject();
      entry.put("mediaType", image.root().mediaType());
      entry.put("digest", image.root().digest().toString());
      entry.put("size", image.root().size());
      entry
          .putObject("annotations")
          .put(OciLayout.FULL_NAME, image.name().toString())
          .put(OciLayout.REFERENCE, image.name().toString());
    }
    return index.toString();
  }
}
