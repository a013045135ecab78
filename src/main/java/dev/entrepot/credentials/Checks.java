package dev.entrepot.credentials;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the records of credential settings check alike. */
final class Checks {

  private Checks() {}

  static String required(String type, String key, @Nullable String value) {
    return present(type, key, absentIfBlank(value));
  }

  static Path required(String type, String key, @Nullable Path value) {
    return present(type, key, absentIfBlank(value));
  }

  static @Nullable String absentIfBlank(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.trim();
  }

  static @Nullable Path absentIfBlank(@Nullable Path path) {
    return path == null || path.toString().isBlank() ? null : path;
  }

  static @Nullable URI url(String type, String key, @Nullable URI url) {
    if (url == null || url.toString().isBlank()) {
      return null;
    }
    if (url.getHost() == null
        || !("https".equals(url.getScheme()) || "http".equals(url.getScheme()))) {
      throw new IllegalArgumentException(
          "credentials.%s of type '%s' is '%s'; write a URL such as 'https://api.example.com'."
              .formatted(key, type, url));
    }
    return url;
  }

  static void together(
      String type, String one, @Nullable Object first, String other, @Nullable Object second) {
    if ((first == null) != (second == null)) {
      throw new IllegalArgumentException(
          "credentials.type '%s' has credentials.%s without credentials.%s; set both or none."
              .formatted(type, first == null ? other : one, first == null ? one : other));
    }
  }

  /** What one setting says in vain because of another. */
  static void refuseContradiction(
      String type,
      @Nullable String profile,
      @Nullable String accessKeyId,
      @Nullable String externalId,
      @Nullable String roleArn) {
    if (profile != null && accessKeyId != null) {
      throw new IllegalArgumentException(
          "credentials.type '%s' has both credentials.profile and credentials.access-key-id; set one of them."
              .formatted(type));
    }
    if (externalId != null && roleArn == null) {
      throw new IllegalArgumentException(
          "credentials.type '%s' has credentials.external-id without credentials.role-arn, whose trust policy asks for it; set both or none."
              .formatted(type));
    }
  }

  private static <T> T present(String type, String key, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "credentials.type '%s' needs credentials.%s, which is not set.".formatted(type, key));
    }
    return value;
  }
}
