package dev.entrepot.node;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A kind of node that can be told to pull through a mirror. */
public interface NodeKind {

  /** The name it goes by on the command line. */
  String name();

  /** The configuration as text, with what its reader has to do in comments. */
  String render(Mirror mirror);

  /**
   * Puts the configuration under {@code root}, keeping what was there; doing it twice changes
   * nothing.
   */
  NodeReport install(Mirror mirror, Path root);

  /**
   * Takes away what {@link #install} put under {@code root} and brings back what was there before.
   */
  NodeReport uninstall(Path root);

  /** Every kind there is. */
  static List<NodeKind> all() {
    return List.of(new ContainerdNode());
  }

  /** The kind of that name. */
  static NodeKind named(String name) {
    return all().stream()
        .filter(kind -> kind.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new NodeConfigurationException(
                    "tried to configure a node of kind '%s' but only these kinds are supported: %s"
                        .formatted(
                            name,
                            all().stream().map(NodeKind::name).collect(Collectors.joining(", ")))));
  }
}
