package dev.entrepot.credentials;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The kinds of credential an upstream can be given, and the keys each of them reads. */
public enum CredentialType {
  ANONYMOUS(Set.of()),
  BASIC(Set.of("username", "password", "password-file")),
  BEARER(Set.of("token-file")),
  DOCKER_CONFIG(Set.of("file"));

  @SuppressWarnings("ImmutableEnumChecker") // made by Set.of
  private final Set<String> keys;

  CredentialType(Set<String> keys) {
    this.keys = keys;
  }

  /** Reads the configuration's word for a type. */
  static CredentialType of(String word) {
    return Arrays.stream(values())
        .filter(type -> type.word().equals(canonical(word)))
        .findFirst()
        .orElseThrow(() -> unsupported(word));
  }

  /** As it stands in the configuration. */
  public String word() {
    return canonical(name());
  }

  boolean reads(String key) {
    return keys.contains(key);
  }

  private static String canonical(String word) {
    return word.trim().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static IllegalArgumentException unsupported(String word) {
    return new IllegalArgumentException(
        "credentials.type '%s' is not supported yet; supported: %s."
            .formatted(
                word,
                Arrays.stream(values())
                    .map(CredentialType::word)
                    .collect(Collectors.joining(", "))));
  }
}
