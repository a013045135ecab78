package dev.entrepot.testing;

/** A config or layer of an image. */
public record ImageBlob(String mediaType, String digest, Body body) {

  static ImageBlob of(String mediaType, Body body) {
    return new ImageBlob(mediaType, Hashing.digest(body), body);
  }

  String descriptor() {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(mediaType, digest, body.length());
  }
}
