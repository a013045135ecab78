package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a manifest or an index says it needs, in whichever of the known formats.
 *
 * @param manifests of an index
 * @param configs of a manifest: small
 * @param layers of a manifest
 */
record Needs(Set<Digest> manifests, Set<Digest> configs, Set<Digest> layers) {

  /** More than any image has; what comes after is not looked at. */
  private static final int MOST = 10_000;

  static final Needs NOTHING = new Needs(Set.of(), Set.of(), Set.of());

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxStringLength(1 << 20)
                          .build())
                  .build())
          .build();

  Needs {
    manifests = Set.copyOf(manifests);
    configs = Set.copyOf(configs);
    layers = Set.copyOf(layers);
  }

  /** What these bytes say, as far as they are JSON and name content. */
  static Needs in(byte[] bytes) {
    Set<Digest> manifests = new LinkedHashSet<>();
    Set<Digest> configs = new LinkedHashSet<>();
    Set<Digest> layers = new LinkedHashSet<>();
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return NOTHING;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "manifests" -> descriptors(parser, manifests);
          case "config" -> descriptors(parser, configs);
          case "layers", "blobs", "fsLayers" -> descriptors(parser, layers);
          default -> parser.skipChildren();
        }
      }
    } catch (JacksonException _) {
      return NOTHING;
    }
    return new Needs(manifests, configs, layers);
  }

  boolean isIndex() {
    return !manifests.isEmpty();
  }

  /** One descriptor, or an array of them, or anything else. */
  private static void descriptors(JsonParser parser, Set<Digest> found) {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      descriptor(parser, found);
    } else if (parser.currentToken() == JsonToken.START_ARRAY) {
      for (JsonToken next = parser.nextToken();
          next != null && next != JsonToken.END_ARRAY;
          next = parser.nextToken()) {
        if (next == JsonToken.START_OBJECT) {
          descriptor(parser, found);
        } else {
          parser.skipChildren();
        }
      }
    }
  }

  private static void descriptor(JsonParser parser, Set<Digest> found) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      boolean isDigest = field.equals("digest") || field.equals("blobSum");
      if (isDigest && value == JsonToken.VALUE_STRING && found.size() < MOST) {
        Digest.tryParse(parser.getString()).ifPresent(found::add);
      } else {
        parser.skipChildren();
      }
    }
  }
}
