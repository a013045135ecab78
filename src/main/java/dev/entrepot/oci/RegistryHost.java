package dev.entrepot.oci;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The name of a registry as it stands in an image reference: {@code host} or {@code host:port},
 * lower case, without the default port. Docker Hub's three names are one: {@code docker.io}.
 */
public record RegistryHost(String value) {

  private static final Set<String> DOCKER_HUB_NAMES =
      Set.of("docker.io", "index.docker.io", "registry-1.docker.io");
  private static final String LABEL = "[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?";
  private static final Pattern GRAMMAR =
      Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-f:.]+])(?::[0-9]{1,5})?");

  /** Docker Hub, whichever of its names was used. */
  public static final RegistryHost DOCKER_HUB = new RegistryHost("docker.io");

  public RegistryHost {
    value = canonical(value);
    if (value.length() > 255 || !GRAMMAR.matcher(value).matches()) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "'" + Shown.of(value) + "' is no registry host");
    }
  }

  private static String canonical(String text) {
    String host = text.toLowerCase(Locale.ROOT);
    if (host.endsWith(":443")) {
      host = host.substring(0, host.length() - ":443".length());
    }
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    return DOCKER_HUB_NAMES.contains(host) ? "docker.io" : host;
  }

  @Override
  public String toString() {
    return value;
  }
}
