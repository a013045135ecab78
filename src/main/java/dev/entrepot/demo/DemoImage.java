package dev.entrepot.demo;

import dev.entrepot.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A small image, made anew in memory.
 *
 * @param blobs by digest: the configuration and the layers
 */
@SuppressWarnings("ArrayRecordComponent") // made once, never compared
record DemoImage(byte[] manifest, Digest digest, Map<Digest, byte[]> blobs) {

  static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

  /** An image whose layers, of these sizes, nothing could compress away. */
  static DemoImage make(long seed, int... layerSizes) {
    Map<Digest, byte[]> layers = new LinkedHashMap<>();
    Random random = new Random(seed);
    for (int size : layerSizes) {
      byte[] layer = new byte[size];
      random.nextBytes(layer);
      layers.put(Digest.sha256Of(layer), layer);
    }
    byte[] config = config(layers);
    byte[] manifest = manifest(config, layers);
    Map<Digest, byte[]> blobs = new LinkedHashMap<>(layers);
    blobs.put(Digest.sha256Of(config), config);
    return new DemoImage(manifest, Digest.sha256Of(manifest), blobs);
  }

  private static byte[] config(Map<Digest, byte[]> layers) {
    String diffIds =
        layers.keySet().stream()
            .map(digest -> "\"" + digest + "\"")
            .collect(Collectors.joining(","));
    return bytes(
        """
        {"architecture":"amd64","os":"linux","config":{},\
        "rootfs":{"type":"layers","diff_ids":[%s]}}"""
            .formatted(diffIds));
  }

  private static byte[] manifest(byte[] config, Map<Digest, byte[]> layers) {
    String descriptors =
        layers.values().stream()
            .map(layer -> descriptor(LAYER_TYPE, layer))
            .collect(Collectors.joining(","));
    return bytes(
        """
        {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}"""
            .formatted(MANIFEST_TYPE, descriptor(CONFIG_TYPE, config), descriptors));
  }

  private static String descriptor(String mediaType, byte[] content) {
    return """
    {"mediaType":"%s","digest":"%s","size":%d}"""
        .formatted(mediaType, Digest.sha256Of(content), content.length);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
