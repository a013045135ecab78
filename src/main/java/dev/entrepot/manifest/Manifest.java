package dev.entrepot.manifest;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a manifest refers to. */
public sealed interface Manifest {

  /** More than any registry has to take, and less than anybody's memory. */
  int LARGEST = 8 * 1024 * 1024;

  /** So often an index may list an index that lists an index: nobody's nests deeper. */
  int DEEPEST = 4;

  /** What the manifest refers to, in its order. */
  List<Descriptor> references();

  /** One image a platform. */
  record Index(List<Child> children) implements Manifest {
    public Index {
      children = List.copyOf(children);
    }

    @Override
    public List<Descriptor> references() {
      return children.stream().map(Child::descriptor).toList();
    }
  }

  /** A manifest that an index lists. */
  record Child(Descriptor descriptor, Optional<Platform> platform) {}

  /**
   * One image, or whatever else is stored as one.
   *
   * @param layers without those that only lie elsewhere, as Windows' base layers once did
   */
  record Image(Descriptor config, List<Descriptor> layers) implements Manifest {
    public Image {
      layers = List.copyOf(layers);
    }

    @Override
    public List<Descriptor> references() {
      List<Descriptor> all = new ArrayList<>();
      all.add(config);
      all.addAll(layers);
      return all;
    }
  }

  /** Whether content of this media type is a manifest and so refers to more. */
  static boolean isManifest(String mediaType) {
    return isIndex(mediaType)
        || mediaType.equals(MediaTypes.OCI_MANIFEST)
        || mediaType.equals(MediaTypes.DOCKER_MANIFEST);
  }

  /** Whether content of this media type lists manifests. */
  static boolean isIndex(String mediaType) {
    return mediaType.equals(MediaTypes.OCI_INDEX) || mediaType.equals(MediaTypes.DOCKER_LIST);
  }

  /**
   * Reads one.
   *
   * @throws ManifestException if this is none, or one of a kind that nobody makes any more
   */
  static Manifest parse(byte[] bytes) {
    JsonNode json = tree(bytes);
    if (json.path("manifests").isArray()) {
      return new Index(
          json.path("manifests")
              .valueStream()
              .map(child -> new Child(descriptor(child), platform(child.path("platform"))))
              .toList());
    }
    if (!json.path("config").isObject()) {
      throw new ManifestException("it has neither manifests nor a config");
    }
    return new Image(
        descriptor(json.path("config")),
        json.path("layers")
            .valueStream()
            .filter(layer -> !isElsewhere(layer))
            .map(Manifest::descriptor)
            .toList());
  }

  /** What the manifest itself says it is, if it does. */
  static Optional<String> mediaType(byte[] bytes) {
    return tree(bytes).path("mediaType").asStringOpt();
  }

  private static boolean isElsewhere(JsonNode layer) {
    String mediaType = layer.path("mediaType").asString("");
    return mediaType.contains(".foreign.")
        || (mediaType.contains("nondistributable") && layer.path("urls").isArray());
  }

  private static Descriptor descriptor(JsonNode json) {
    Digest digest =
        Digest.tryParse(json.path("digest").asString(""))
            .orElseThrow(() -> new ManifestException("it refers to something without a digest"));
    OptionalLong size = json.path("size").asLongOpt();
    if (size.isEmpty() || size.getAsLong() < 0) {
      throw new ManifestException("it does not say how large " + digest + " is");
    }
    return new Descriptor(
        json.path("mediaType").asString("application/octet-stream"), digest, size.getAsLong());
  }

  private static Optional<Platform> platform(JsonNode json) {
    return json.path("os")
        .asStringOpt()
        .flatMap(
            os ->
                json.path("architecture")
                    .asStringOpt()
                    .map(
                        architecture ->
                            new Platform(os, architecture, json.path("variant").asString(""))));
  }

  private static JsonNode tree(byte[] bytes) {
    try {
      return JsonMapper.shared().readTree(bytes);
    } catch (JacksonException e) {
      throw new ManifestException("it is no JSON");
    }
  }
}
