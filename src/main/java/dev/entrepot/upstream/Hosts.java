package dev.entrepot.upstream;

import java.net.URI;
import java.util.Locale;

/** Reads hosts and ports out of URLs the one way that all checks share. */
final class Hosts {

  private Hosts() {}

  /** Lower case, an IPv6 address without brackets; empty if the URL has none that Java reads. */
  static String of(URI uri) {
    String host = uri.getHost();
    return host == null ? "" : plain(host);
  }

  /** The port that is meant. */
  static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "http".equalsIgnoreCase(uri.getScheme()) ? 80 : 443;
  }

  /** {@code host:port}, with the port always there. */
  static String authority(URI uri) {
    return of(uri) + ":" + port(uri);
  }

  static String plain(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.startsWith("[") && lower.endsWith("]")
        ? lower.substring(1, lower.length() - 1)
        : lower;
  }

  static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || Networks.literal(host).filter(java.net.InetAddress::isLoopbackAddress).isPresent();
  }
}
