package dev.entrepot.credentials.google;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a key's {@code type} says. */
enum KeyKind {
  SERVICE_ACCOUNT,
  EXTERNAL_ACCOUNT,
  IMPERSONATED_SERVICE_ACCOUNT,
  AUTHORIZED_USER;

  /** Fails with {@link IllegalArgumentException} if the type is missing or another one. */
  static KeyKind of(KeyJson json) {
    if (json.has("installed") || json.has("web")) {
      throw new IllegalArgumentException("it is an OAuth client's configuration, not a key");
    }
    String type = json.text("type");
    return Arrays.stream(values())
        .filter(kind -> kind.word().equals(type))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(json.prefix() + "type is none of " + words()));
  }

  /** Google's word for it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static String words() {
    return Arrays.stream(values()).map(KeyKind::word).collect(Collectors.joining(", "));
  }
}
