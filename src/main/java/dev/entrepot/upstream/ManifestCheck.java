package dev.entrepot.upstream;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.Tag;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whether bytes that an upstream calls a manifest can be one, and only one: a body that one client
 * reads as an image and another as an index is how one is slipped past a check (CVE-2021-41190).
 */
final class ManifestCheck {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** Content types that say nothing about what kind of manifest it is. */
  private static final Set<String> VAGUE =
      Set.of("", "application/json", "application/octet-stream", "text/plain", "text/html");

  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String IMAGE = "application/vnd.oci.image.manifest.v1+json";

  private ManifestCheck() {}

  /** The manifest; fails with {@link IllegalArgumentException} that ends "but …". */
  static UpstreamManifest check(Reference asked, String contentType, byte[] bytes) {
    Digest digest =
        switch (asked) {
          case Digest expected -> {
            if (!expected.matches(bytes)) {
              throw new IllegalArgumentException("its answer has another digest");
            }
            yield expected;
          }
          case Tag _ -> Digest.sha256Of(bytes);
        };
    return new UpstreamManifest(
        new Descriptor(mediaType(contentType, bytes), digest, bytes.length), bytes);
  }

  private static String mediaType(String contentType, byte[] bytes) {
    JsonNode json = tree(bytes);
    boolean index = json.has("manifests");
    boolean image = json.has("layers") || json.has("config") || json.has("fsLayers");
    if (index && image) {
      throw new IllegalArgumentException("its answer is an image and an index at once");
    }
    String written = json.path("mediaType").asString("");
    if (VAGUE.contains(contentType)) {
      if (!written.isEmpty()) {
        return written;
      }
      if (index || (image && !json.has("fsLayers"))) {
        return index ? INDEX : IMAGE;
      }
      throw new IllegalArgumentException("its answer does not say what kind of manifest it is");
    }
    if (!written.isEmpty() && !written.equalsIgnoreCase(contentType)) {
      throw new IllegalArgumentException("its answer says two different media types");
    }
    boolean saysIndex =
        contentType.contains("image.index") || contentType.contains("manifest.list");
    boolean saysImage = contentType.contains(".manifest.v");
    if ((saysIndex && image) || (saysImage && index)) {
      throw new IllegalArgumentException("its answer is not of the media type it says");
    }
    return contentType;
  }

  private static JsonNode tree(byte[] bytes) {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (json.isObject()) {
        return json;
      }
    } catch (JacksonException _) {
      // Said below; the exception's own words quote the body.
    }
    throw new IllegalArgumentException("its answer is no manifest");
  }
}
