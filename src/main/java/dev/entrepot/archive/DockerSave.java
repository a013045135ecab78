package dev.entrepot.archive;

import dev.entrepot.manifest.MediaTypes;
import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code docker save} wrote before it wrote OCI layouts. It keeps no manifest and unpacks the
 * layers, so each image gets a manifest made for it: its digest is not the registry's.
 */
final class DockerSave implements Layout {

  static final String INDEX = "manifest.json";

  private static final Pattern NAMED_BY_DIGEST =
      Pattern.compile("(?:.*/)?([0-9a-f]{64})(?:\\.json)?");

  private final ArchiveFiles files;
  private final List<ArchivedImage> images = new ArrayList<>();
  private final Map<Digest, String> names = new HashMap<>();
  private final Map<Digest, byte[]> made = new HashMap<>();

  private DockerSave(ArchiveFiles files) {
    this.files = files;
  }

  static DockerSave read(ArchiveFiles files) throws IOException {
    DockerSave archive = new DockerSave(files);
    for (JsonNode image : SmallFile.json(files, INDEX)) {
      archive.add(image);
    }
    return archive;
  }

  @Override
  public List<ArchivedImage> images() {
    return images;
  }

  @Override
  public OptionalLong size(Digest digest) throws IOException {
    byte[] manifest = made.get(digest);
    if (manifest != null) {
      return OptionalLong.of(manifest.length);
    }
    String name = names.get(digest);
    return name == null ? OptionalLong.empty() : files.size(name);
  }

  @Override
  public InputStream open(Digest digest) throws IOException {
    byte[] manifest = made.get(digest);
    return manifest == null
        ? files.open(names.getOrDefault(digest, digest.hex()))
        : new ByteArrayInputStream(manifest);
  }

  private void add(JsonNode image) throws IOException {
    String configName = image.path("Config").asString("");
    byte[] config = SmallFile.bytes(files, configName);
    Digest configDigest = Digest.sha256Of(config);
    refuseDamaged(configName, configDigest);
    names.put(configDigest, configName);
    List<Descriptor> layers = layers(image, SmallFile.json(config, configName));
    byte[] manifest =
        manifest(new Descriptor(MediaTypes.DOCKER_CONFIG, configDigest, config.length), layers);
    Digest digest = Digest.sha256Of(manifest);
    made.put(digest, manifest);
    List<String> tags = image.path("RepoTags").valueStream().map(tag -> tag.asString("")).toList();
    images.add(
        new ArchivedImage(
            tags.stream().flatMap(tag -> OciLayout.parsed(tag).stream()).distinct().toList(),
            ArchiveFiles.shown(tags.isEmpty() ? configDigest.toString() : tags.getFirst()),
            new Descriptor(MediaTypes.DOCKER_MANIFEST, digest, manifest.length)));
  }

  private List<Descriptor> layers(JsonNode image, JsonNode config) throws IOException {
    JsonNode contents = config.path("rootfs").path("diff_ids");
    JsonNode layers = image.path("Layers");
    if (contents.size() != layers.size()) {
      throw new ArchiveException(
          "the archive lists %d layers of an image whose config has %d"
              .formatted(layers.size(), contents.size()));
    }
    List<Descriptor> descriptors = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Digest content =
          Digest.tryParse(contents.path(i).asString(""))
              .orElseThrow(
                  () -> new ArchiveException("an image's config lists a layer without digest"));
      descriptors.add(layer(layers.path(i).asString(""), content));
    }
    return descriptors;
  }

  /**
   * @param content the digest of the layer's plain tar
   */
  private Descriptor layer(String name, Digest content) throws IOException {
    long size =
        files
            .size(name)
            .orElseThrow(
                () -> new ArchiveException("the archive lacks layer " + ArchiveFiles.shown(name)));
    if (!isGzip(name)) {
      // Whether it is what it should be is found out with all else of the image.
      names.put(content, name);
      return new Descriptor(MediaTypes.DOCKER_LAYER, content, size);
    }
    Hashing plain = new Hashing(content.newHash());
    try (InputStream stream = new GZIPInputStream(files.open(name))) {
      plain.readAll(stream);
    } catch (IOException e) {
      throw damaged(name, e.toString());
    }
    if (!content.matches(plain.hash())) {
      throw damaged(name, "its content is not that of digest " + content);
    }
    Hashing packed = new Hashing(content.newHash());
    try (InputStream stream = files.open(name)) {
      packed.readAll(stream);
    }
    Digest digest =
        new Digest(content.algorithm(), HexFormat.of().formatHex(packed.hash().digest()));
    names.put(digest, name);
    return new Descriptor(MediaTypes.DOCKER_LAYER_GZIP, digest, size);
  }

  private boolean isGzip(String name) throws IOException {
    try (InputStream stream = files.open(name)) {
      return Gzip.isGzip(stream.readNBytes(2));
    }
  }

  private static byte[] manifest(Descriptor config, List<Descriptor> layers) {
    ObjectNode manifest = JsonMapper.shared().createObjectNode();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", MediaTypes.DOCKER_MANIFEST);
    describe(manifest.putObject("config"), config);
    ArrayNode list = manifest.putArray("layers");
    layers.forEach(layer -> describe(list.addObject(), layer));
    return JsonMapper.shared().writeValueAsBytes(manifest);
  }

  private static void describe(ObjectNode json, Descriptor descriptor) {
    json.put("mediaType", descriptor.mediaType());
    json.put("size", descriptor.size());
    json.put("digest", descriptor.digest().toString());
  }

  private static void refuseDamaged(String name, Digest found) {
    Matcher named = NAMED_BY_DIGEST.matcher(name);
    if (named.matches() && !named.group(1).equals(found.hex())) {
      throw damaged(name, "its digest is " + found);
    }
  }

  private static ArchiveException damaged(String name, String reason) {
    return new ArchiveException(
        "the archive's %s is damaged: %s".formatted(ArchiveFiles.shown(name), reason));
  }
}
