package dev.entrepot.credentials.exec;

import dev.entrepot.credentials.CredentialProperties.EnvironmentVariable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a kubelet's {@code CredentialProviderConfig}, in YAML or JSON. */
final class ProviderConfig {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> API_VERSIONS =
      Set.of(
          "kubelet.config.k8s.io/v1",
          "kubelet.config.k8s.io/v1beta1",
          "kubelet.config.k8s.io/v1alpha1");

  private ProviderConfig() {}

  /**
   * The providers, in their order; fails with {@link IllegalArgumentException} that says what is
   * wrong and quotes no value of a variable.
   */
  static List<Provider> parse(byte[] content) {
    JsonNode root = read(new String(content, StandardCharsets.UTF_8));
    if (!API_VERSIONS.contains(root.path("apiVersion").asString(""))
        || !root.path("kind").asString("").equals("CredentialProviderConfig")) {
      throw new IllegalArgumentException(
          "it is no CredentialProviderConfig of kubelet.config.k8s.io/v1");
    }
    List<Provider> providers = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode node : root.path("providers")) {
      Provider provider = provider(node);
      if (!names.add(provider.name())) {
        throw new IllegalArgumentException("it has two providers '" + provider.name() + "'");
      }
      providers.add(provider);
    }
    if (providers.isEmpty()) {
      throw new IllegalArgumentException("it has no providers");
    }
    return List.copyOf(providers);
  }

  private static JsonNode read(String text) {
    try {
      // Tabs, which YAML refuses, are fine in JSON.
      return text.stripLeading().startsWith("{")
          ? JSON.readTree(text)
          : JSON.valueToTree(yaml().load(text));
    } catch (MarkedYAMLException e) {
      // What these exceptions say quotes the file.
      throw new IllegalArgumentException(
          e.getProblemMark() == null
              ? "it is not proper YAML"
              : "it is not proper YAML, see line " + (e.getProblemMark().getLine() + 1));
    } catch (YAMLException _) {
      throw new IllegalArgumentException("it is not proper YAML");
    } catch (JacksonException _) {
      throw new IllegalArgumentException("it is not JSON");
    }
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return new Yaml(new SafeConstructor(options));
  }

  private static Provider provider(JsonNode node) {
    String name = node.path("name").asString("");
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.matches("(?s).*[/\\s].*")) {
      throw new IllegalArgumentException(
          "a provider's name is '" + name + "', which is no file name");
    }
    String apiVersion = node.path("apiVersion").asString("");
    if (!Provider.isApiVersion(apiVersion)) {
      throw wrong(name, "apiVersion", "none of credentialprovider.kubelet.k8s.io");
    }
    return new Provider(
        name,
        apiVersion,
        globs(name, node.path("matchImages")),
        duration(name, node.path("defaultCacheDuration")),
        texts(name, "args", node.path("args")),
        variables(name, node.path("env")),
        needsServiceAccount(node.path("tokenAttributes")));
  }

  private static List<ImageGlob> globs(String name, JsonNode node) {
    List<String> texts = texts(name, "matchImages", node);
    if (texts.isEmpty()) {
      throw wrong(name, "matchImages", "empty");
    }
    return texts.stream()
        .map(
            text ->
                ImageGlob.of(text)
                    .orElseThrow(
                        () ->
                            new IllegalArgumentException(
                                "provider '%s' is for '%s', which no image can match"
                                    .formatted(name, text))))
        .toList();
  }

  private static Duration duration(String name, JsonNode node) {
    return node.isMissingNode()
        ? Duration.ZERO
        : GoDuration.parse(node.asString(""))
            .orElseThrow(
                () -> wrong(name, "defaultCacheDuration", "no duration such as 12h or 30m"));
  }

  private static List<EnvironmentVariable> variables(String name, JsonNode node) {
    List<EnvironmentVariable> variables = new ArrayList<>();
    for (JsonNode variable : node) {
      variables.add(
          new EnvironmentVariable(
              text(name, "env", variable.path("name")), text(name, "env", variable.path("value"))));
    }
    return variables;
  }

  private static List<String> texts(String name, String key, JsonNode node) {
    List<String> texts = new ArrayList<>();
    node.forEach(element -> texts.add(text(name, key, element)));
    return texts;
  }

  /** YAML takes {@code yes} and {@code 010} for something else than what is written. */
  private static String text(String name, String key, JsonNode node) {
    if (!node.isString()) {
      throw wrong(name, key, "not all text; put it in quotes");
    }
    return node.asString("");
  }

  /** Without a service account kubelet, too, runs only what does not require one. */
  private static boolean needsServiceAccount(JsonNode tokenAttributes) {
    return tokenAttributes.isObject()
        && tokenAttributes.path("requireServiceAccount").asBoolean(true);
  }

  private static IllegalArgumentException wrong(String name, String key, String how) {
    return new IllegalArgumentException("the %s of provider '%s' is %s".formatted(key, name, how));
  }
}
