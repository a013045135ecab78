package dev.entrepot.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * What in a containerd {@code config.toml} would keep the files under {@code config_path} from
 * being read.
 */
final class ContainerdConfig {

  private static final String CRI = "io.containerd.grpc.v1.cri";
  private static final String IMAGES = "io.containerd.cri.v1.images";

  private final String name;
  private final String certs;
  private final List<String> warnings = new ArrayList<>();

  private ContainerdConfig(String name, String certs) {
    this.name = name;
    this.certs = certs;
  }

  /**
   * Reads the configuration.
   *
   * @param name what warnings call it
   * @param text its content, if there is such a file
   * @param certs the directory {@code config_path} should name
   */
  static List<String> warnings(String name, Optional<String> text, String certs) {
    var config = new ContainerdConfig(name, certs);
    if (text.isEmpty()) {
      config.warn(
          "does not exist, so containerd will not look into " + certs + ": " + remedy(certs));
      return config.warnings;
    }
    try {
      config.read(new TomlMapper().readTree(text.get()));
    } catch (JacksonException _) {
      config.warn("could not be read as TOML, so whether it names " + certs + " is not known");
    }
    return config.warnings;
  }

  private void read(JsonNode toml) {
    var version = toml.path("version").asInt(1);
    var plugin = version >= 3 ? IMAGES : CRI;
    var registry = toml.path("plugins").path(plugin).path("registry");
    if (version < 2 && registry.isMissingNode()) {
      registry = toml.path("plugins").path("cri").path("registry");
    }
    var configPath = registry.path("config_path").asString("");
    if (configPath.isEmpty()) {
      missing(toml, version);
    } else if (configPath.contains(":")) {
      warn(
          "sets config_path to the list '%s', which containerd 2.1 and later read as one directory that does not exist: name %s alone"
              .formatted(configPath, certs));
    } else if (!withoutSlashes(configPath).equals(certs)) {
      warn("sets config_path to '%s', so %s is not read".formatted(configPath, certs));
    }
    oldStyle(registry, !configPath.isEmpty());
  }

  private void missing(JsonNode toml, int version) {
    var other = version >= 3 ? CRI : IMAGES;
    if (toml.path("plugins").path(other).path("registry").has("config_path")) {
      warn(
          "is of version %d but sets config_path for the plugin %s of another version, where containerd does not read it: %s"
              .formatted(version, other, remedy(certs)));
      return;
    }
    var imports = toml.path("imports");
    warn(
        "sets no config_path, so containerd will not look into %s%s: %s"
            .formatted(
                certs,
                imports.isEmpty() ? "" : " unless one of its imports " + imports + " sets it",
                remedy(certs)));
  }

  // With both, the CRI plugin does not load and the node is NotReady.
  private void oldStyle(JsonNode registry, boolean hasConfigPath) {
    var offending = new ArrayList<String>();
    if (!registry.path("mirrors").isEmpty()) {
      offending.add("registry.mirrors");
    }
    for (Map.Entry<String, JsonNode> config : registry.path("configs").properties()) {
      if (!config.getValue().path("tls").isEmpty()) {
        offending.add("registry.configs.\"" + config.getKey() + "\".tls");
      }
    }
    if (!offending.isEmpty()) {
      warn(
          "sets %s, with which containerd's CRI plugin does not load %s config_path is set: take it out"
              .formatted(
                  String.join(" and ", offending), hasConfigPath ? "because" : "as soon as"));
    }
  }

  private void warn(String what) {
    warnings.add(name + " " + what);
  }

  private static String withoutSlashes(String path) {
    return path.replaceFirst("/+$", "");
  }

  private static String remedy(String certs) {
    return "set config_path = \"%s\" under [plugins.\"%s\".registry] in version 2 or [plugins.\"%s\".registry] in version 3, then restart containerd"
        .formatted(certs, CRI, IMAGES);
  }
}
