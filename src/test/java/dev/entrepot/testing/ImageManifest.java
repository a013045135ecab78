package dev.entrepot.testing;

import java.nio.charset.StandardCharsets;

/** A manifest or index: its media type and its exact text. */
public record ImageManifest(String mediaType, String json) {

  /** Its {@code sha256:…} digest. */
  public String digest() {
    return Hashing.digest(body());
  }

  /** Its length in bytes. */
  public long length() {
    return json.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Its bytes. */
  public Body body() {
    return Body.of(json);
  }

  String descriptor() {
    return descriptor("");
  }

  String descriptor(String more) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d%s}"
        .formatted(mediaType, digest(), length(), more);
  }
}
