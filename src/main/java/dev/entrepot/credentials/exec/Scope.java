package dev.entrepot.credentials.exec;

import java.util.Arrays;
import java.util.Optional;

/** How widely a plugin's answer holds, narrowest first: its {@code cacheKeyType}. */
enum Scope {
  IMAGE("Image"),
  REGISTRY("Registry"),
  GLOBAL("Global");

  private final String word;

  Scope(String word) {
    this.word = word;
  }

  /** What the protocol's word means. */
  static Optional<Scope> named(String word) {
    return Arrays.stream(values()).filter(scope -> scope.word.equals(word)).findFirst();
  }

  /** What an answer about this image is kept under. */
  Key keyOf(String image) {
    return new Key(
        this,
        switch (this) {
          case IMAGE -> image;
          case REGISTRY -> image.substring(0, image.indexOf('/'));
          case GLOBAL -> "";
        });
  }

  /** What all images share that an answer holds for. */
  record Key(Scope scope, String name) {}
}
