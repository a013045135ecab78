package dev.entrepot.oci;

import java.net.Inet6Address;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a registry as it stands in an image reference: {@code host} or {@code host:port},
 * lower case, without the default port. Docker Hub's three names are one: {@code docker.io}.
 */
public record RegistryHost(String value) {

  private static final int LONGEST = 255;
  private static final Set<String> DOCKER_HUB_NAMES =
      Set.of("docker.io", "index.docker.io", "registry-1.docker.io");
  private static final String LABEL = "[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?";
  private static final Pattern GRAMMAR =
      Pattern.compile(
          "(?<host>"
              + LABEL
              + "(?:\\."
              + LABEL
              + ")*|\\[[0-9a-f:.]+])\\.?(?::(?<port>[1-9][0-9]{0,4}))?",
          Pattern.CASE_INSENSITIVE);

  /** Docker Hub, whichever of its names was used. */
  public static final RegistryHost DOCKER_HUB = new RegistryHost("docker.io");

  public RegistryHost {
    value = canonical(value);
  }

  private static String canonical(String text) {
    Matcher matcher = GRAMMAR.matcher(text);
    if (text.length() > LONGEST || !matcher.matches()) {
      throw refused(text);
    }
    String host = matcher.group("host").toLowerCase(Locale.ROOT);
    @Nullable String port = matcher.group("port");
    boolean noPort = port != null && Integer.parseInt(port) > 65535;
    if (noPort || (host.startsWith("[") && !isIpv6(host.substring(1, host.length() - 1)))) {
      throw refused(text);
    }
    String address = port == null || port.equals("443") ? host : host + ":" + port;
    return DOCKER_HUB_NAMES.contains(address) ? "docker.io" : address;
  }

  private static boolean isIpv6(String text) {
    try {
      Inet6Address.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static RegistryException refused(String text) {
    return new RegistryException(
        ErrorCode.NAME_INVALID, "'" + Shown.of(text) + "' is no registry host");
  }

  @Override
  public String toString() {
    return value;
  }
}
