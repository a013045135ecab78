package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.Secret;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A plugin's {@code CredentialProviderResponse}.
 *
 * @param auth credentials by the glob of the images they are for
 * @param cacheDuration how long it may be kept, if it says so
 */
record PluginAnswer(Scope scope, Optional<Duration> cacheDuration, Map<String, Credential> auth) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  PluginAnswer {
    auth = Map.copyOf(auth);
  }

  /**
   * Reads an answer; fails with {@link IllegalArgumentException} that goes on after "answered with"
   * and quotes nothing.
   */
  static PluginAnswer parse(byte[] output, String apiVersion) {
    JsonNode root = json(output);
    if (!root.path("apiVersion").asString("").equals(apiVersion)
        || !root.path("kind").asString("").equals("CredentialProviderResponse")) {
      throw unfit(apiVersion);
    }
    return new PluginAnswer(
        Scope.named(root.path("cacheKeyType").asString(""))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "a cacheKeyType that is none of Image, Registry and Global")),
        duration(root.path("cacheDuration")),
        auth(root.path("auth"), apiVersion));
  }

  /** Whether it holds the credential of this fingerprint. */
  boolean holds(String fingerprint) {
    return auth.isEmpty()
        ? fingerprint.equals(new Credential.Anonymous().fingerprint())
        : auth.values().stream().anyMatch(own -> own.fingerprint().equals(fingerprint));
  }

  private static JsonNode json(byte[] output) {
    try {
      return JSON.readTree(output);
    } catch (JacksonException _) {
      // The exception quotes what it read.
      return JSON.missingNode();
    }
  }

  private static IllegalArgumentException unfit(String apiVersion) {
    return new IllegalArgumentException(
        "something that is no CredentialProviderResponse of " + apiVersion);
  }

  private static Optional<Duration> duration(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    return Optional.of(
        GoDuration.parse(node.asString(""))
            .orElseThrow(
                () -> new IllegalArgumentException("a cacheDuration that is no duration")));
  }

  private static Map<String, Credential> auth(JsonNode node, String apiVersion) {
    if (!node.isMissingNode() && !node.isNull() && !node.isObject()) {
      throw unfit(apiVersion);
    }
    Map<String, Credential> auth = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode config = entry.getValue();
      if (!config.isObject()) {
        throw unfit(apiVersion);
      }
      String username = config.path("username").asString("");
      String password = config.path("password").asString("");
      auth.put(
          entry.getKey(),
          username.isEmpty() && password.isEmpty()
              ? new Credential.Anonymous()
              : new Credential.Basic(username, Secret.of(password)));
    }
    return auth;
  }
}
