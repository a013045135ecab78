package dev.entrepot.upstream;

import dev.entrepot.oci.RegistryHost;
import java.net.URI;
import java.util.List;

/**
 * One place where a registry is reached: scheme, host, port and perhaps the start of every path.
 *
 * @param base without a slash at its end
 */
record Endpoint(URI base) {

  static Endpoint of(URI written) {
    String text = written.toString();
    return new Endpoint(URI.create(text.replaceAll("/+$", "")));
  }

  /** The rule's endpoints, or the one that a registry's name implies. */
  static List<Endpoint> of(UpstreamProperties rule, RegistryHost registry) {
    if (!rule.endpoints().isEmpty()) {
      return rule.endpoints().stream().map(Endpoint::of).toList();
    }
    String host =
        registry.equals(RegistryHost.DOCKER_HUB) ? "registry-1.docker.io" : registry.value();
    return List.of(new Endpoint(URI.create("https://" + host)));
  }

  /** The URL of a path under {@code /v2/}; the query is without {@code ?}, empty for none. */
  URI uri(String path, String query) {
    return URI.create(base + "/v2/" + path + (query.isEmpty() ? "" : "?" + query));
  }

  boolean isHttps() {
    return "https".equalsIgnoreCase(base.getScheme());
  }

  /** Whether the URL has this endpoint's scheme, host and port: only there a credential may go. */
  boolean isOriginOf(URI uri) {
    return base.getScheme().equalsIgnoreCase(uri.getScheme())
        && Hosts.authority(base).equals(Hosts.authority(uri));
  }

  /** {@code host} or {@code host:port} for messages. */
  @Override
  public String toString() {
    return base.getRawAuthority();
  }
}
