package dev.entrepot.credentials;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings under an upstream's {@code credentials}. Each type has its own keys; a key of
 * another type stops the start, because it says that something else was meant.
 *
 * @param type anonymous, basic, bearer or docker-config
 * @param username of {@code basic}
 * @param password of {@code basic}, unless there is a password-file
 * @param passwordFile of {@code basic}: holds the password alone and is read again when it changes
 * @param tokenFile of {@code bearer}: holds the token alone and is read again when it changes
 * @param file of {@code docker-config}: a docker configuration, a mounted {@code dockerconfigjson}
 *     secret, or the directory that holds one
 */
public record CredentialProperties(
    @DefaultValue("anonymous") String type,
    @Nullable String username,
    @Nullable Secret password,
    @Nullable Path passwordFile,
    @Nullable Path tokenFile,
    @Nullable Path file) {

  public CredentialProperties {
    // A key that is written without a value is bound as an empty one.
    username = username == null || username.isBlank() ? null : username;
    password = password == null || password.isEmpty() ? null : password;
    passwordFile = absentIfEmpty(passwordFile);
    tokenFile = absentIfEmpty(tokenFile);
    file = absentIfEmpty(file);
    CredentialType kind = CredentialType.of(type);
    Map<String, @Nullable Object> keys = new LinkedHashMap<>();
    keys.put("username", username);
    keys.put("password", password);
    keys.put("password-file", passwordFile);
    keys.put("token-file", tokenFile);
    keys.put("file", file);
    keys.forEach(
        (key, value) -> {
          if (value != null && !kind.reads(key)) {
            throw new IllegalArgumentException(
                "credentials.%s is set, but credentials.type '%s' does not read it; remove it or choose the type that does."
                    .formatted(key, kind.word()));
          }
        });
    switch (kind) {
      case ANONYMOUS -> {}
      case BASIC -> {
        require(keys, "username", kind);
        if ((password == null) == (passwordFile == null)) {
          throw new IllegalArgumentException(
              "credentials.type 'basic' of user '%s' needs exactly one of credentials.password and credentials.password-file, but has %s."
                  .formatted(username, password == null ? "neither" : "both"));
        }
      }
      case BEARER -> require(keys, "token-file", kind);
      case DOCKER_CONFIG -> require(keys, "file", kind);
    }
  }

  /** No credential at all. */
  public static CredentialProperties anonymous() {
    return new CredentialProperties("anonymous", null, null, null, null, null);
  }

  /** A user and the password that stands in the configuration itself. */
  public static CredentialProperties basic(String username, String password) {
    return new CredentialProperties("basic", username, Secret.of(password), null, null, null);
  }

  /** The type, read. */
  public CredentialType kind() {
    return CredentialType.of(type);
  }

  /** Whether nothing secret is ever sent. */
  public boolean isAnonymous() {
    return kind() == CredentialType.ANONYMOUS;
  }

  private static void require(Map<String, @Nullable Object> keys, String key, CredentialType kind) {
    if (keys.get(key) == null) {
      throw new IllegalArgumentException(
          "credentials.type '%s' needs credentials.%s, which is not set."
              .formatted(kind.word(), key));
    }
  }

  private static @Nullable Path absentIfEmpty(@Nullable Path path) {
    return path == null || path.toString().isBlank() ? null : path;
  }
}
