package dev.entrepot.credentials.docker;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.Secret;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A parsed docker configuration: credentials by registry, or by registry and start of the
 * repository name, of which the longest counts; and the helpers that hold others.
 */
final class DockerConfig {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<Entry> entries;
  private final Map<RegistryHost, String> helpers;
  private final Optional<String> store;

  private DockerConfig(
      List<Entry> entries, Map<RegistryHost, String> helpers, Optional<String> store) {
    this.entries = entries;
    this.helpers = helpers;
    this.store = store;
  }

  /** Reads {@code config.json}, {@code .dockerconfigjson} or the older bare {@code .dockercfg}. */
  static DockerConfig parse(byte[] content) {
    JsonNode root;
    try {
      root = JSON.readTree(content);
    } catch (JacksonException e) {
      // The exception quotes what it read, and that may be a secret.
      throw new IllegalArgumentException("it is not JSON");
    }
    if (!root.isObject()) {
      throw new IllegalArgumentException("it is not a JSON object");
    }
    boolean bare = !root.has("auths") && !root.has("credHelpers") && !root.has("credsStore");
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> auth : (bare ? root : root.path("auths")).properties()) {
      if (auth.getValue().isObject()) {
        Entry.of(auth.getKey(), auth.getValue()).ifPresent(entries::add);
      }
    }
    entries.sort(Comparator.comparingInt((Entry entry) -> entry.path().length()).reversed());
    return new DockerConfig(
        List.copyOf(entries),
        helpersIn(root),
        Optional.of(helper("credsStore", root.path("credsStore"))).filter(w -> !w.isEmpty()));
  }

  /**
   * The word for the helper that is asked for this registry and no one else; an empty word leaves
   * the registry to the file itself.
   */
  Optional<String> helperOf(RegistryHost registry) {
    return Optional.ofNullable(helpers.get(registry));
  }

  /** The word for the helper that is asked before the file for all other registries. */
  Optional<String> store() {
    return store;
  }

  /** The words for all helpers. */
  Set<String> helpers() {
    return Stream.concat(helpers.values().stream(), store.stream())
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The credential that stands in the file; none if it names neither repository nor registry. */
  Credential written(RepositoryAddress repository) {
    return entries.stream()
        .filter(entry -> entry.covers(repository))
        .findFirst()
        .flatMap(Entry::credential)
        .orElseGet(Credential.Anonymous::new);
  }

  @Override
  public String toString() {
    return "DockerConfig[" + entries.size() + " entries]";
  }

  private static Map<RegistryHost, String> helpersIn(JsonNode root) {
    Map<RegistryHost, String> helpers = new HashMap<>();
    for (Map.Entry<String, JsonNode> helper : root.path("credHelpers").properties()) {
      Entry.hostOf(helper.getKey())
          .ifPresent(host -> helpers.put(host, helper("credHelpers", helper.getValue())));
    }
    return Map.copyOf(helpers);
  }

  /** The word becomes part of a program's name and must not lead out of the {@code PATH}. */
  private static String helper(String key, JsonNode node) {
    String word = node.asString("");
    if (!word.matches("[A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException("its " + key + " names what is no credential helper");
    }
    return word;
  }

  /** One registry's entry, with the start of the repository name it is limited to. */
  private record Entry(RegistryHost host, String path, Optional<Credential> credential) {

    static Optional<Entry> of(String key, JsonNode auth) {
      return hostOf(key).map(host -> new Entry(host, pathOf(key), credentialIn(key, auth)));
    }

    boolean covers(RepositoryAddress repository) {
      String name = repository.repository().value();
      return host.equals(repository.registry())
          && (path.isEmpty() || name.equals(path) || name.startsWith(path + "/"));
    }

    static Optional<RegistryHost> hostOf(String key) {
      String rest = withoutScheme(key);
      int slash = rest.indexOf('/');
      try {
        return Optional.of(new RegistryHost(slash < 0 ? rest : rest.substring(0, slash)));
      } catch (RegistryException _) {
        return Optional.empty();
      }
    }

    /** {@code /v1/} and {@code /v2/} are the protocol's, not the beginning of a repository. */
    private static String pathOf(String key) {
      String rest = withoutScheme(key);
      int slash = rest.indexOf('/');
      String path = slash < 0 ? "" : rest.substring(slash + 1).replaceAll("/+$", "");
      return path.equals("v1") || path.equals("v2") ? "" : path;
    }

    private static String withoutScheme(String key) {
      return key.trim().replaceFirst("^https?://", "");
    }

    private static Optional<Credential> credentialIn(String key, JsonNode auth) {
      String identityToken = auth.path("identitytoken").asString("");
      String registryToken = auth.path("registrytoken").asString("");
      String encoded = auth.path("auth").asString("");
      String username = auth.path("username").asString("");
      String password = auth.path("password").asString("");
      if (!identityToken.isEmpty()) {
        return Optional.of(new Credential.IdentityToken(Secret.of(identityToken)));
      }
      if (!registryToken.isEmpty()) {
        return Optional.of(new Credential.Bearer(Secret.of(registryToken)));
      }
      if (!username.isEmpty() && !password.isEmpty()) {
        return Optional.of(new Credential.Basic(username, Secret.of(password)));
      }
      return encoded.isEmpty() ? Optional.empty() : Optional.of(decoded(key, encoded));
    }

    private static Credential decoded(String key, String encoded) {
      String pair;
      try {
        pair = new String(Base64.getMimeDecoder().decode(encoded), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException _) {
        throw new IllegalArgumentException("the auth of '" + key + "' is not base64");
      }
      int colon = pair.indexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException("the auth of '" + key + "' is not user:password");
      }
      // Docker pads the password with NULs.
      String password = pair.substring(colon + 1).replaceAll("\\x00+$", "");
      return new Credential.Basic(pair.substring(0, colon), Secret.of(password));
    }
  }
}
