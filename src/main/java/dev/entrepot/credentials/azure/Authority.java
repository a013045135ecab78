package dev.entrepot.credentials.azure;

import dev.entrepot.oci.RegistryHost;
import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;

/**
 * Who issues tokens.
 *
 * @param written by the operator or the platform; empty: the cloud that the registry's name is of
 */
record Authority(Optional<URI> written) {

  /**
   * Checks what is written.
   *
   * @param key where it is written, for the message
   */
  static Authority of(String key, URI url) {
    boolean isSafe =
        "https".equals(url.getScheme()) || ("http".equals(url.getScheme()) && isLoopback(url));
    if (!isSafe || url.getHost() == null || url.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "%s of type 'azure' is '%s'; write a URL such as 'https://login.microsoftonline.com', which must be https because a secret is sent there."
              .formatted(key, url.getScheme() + "://" + url.getHost()));
    }
    return new Authority(Optional.of(URI.create(url.toString().replaceAll("/+$", ""))));
  }

  static Authority ofTheRegistrysCloud() {
    return new Authority(Optional.empty());
  }

  /** The authority for this registry, without a slash at its end. */
  URI of(RegistryHost registry) {
    return written.orElseGet(() -> URI.create(publicOrSovereign(registry.value())));
  }

  private static String publicOrSovereign(String host) {
    if (host.endsWith(".azurecr.cn")) {
      return "https://login.chinacloudapi.cn";
    }
    return host.endsWith(".azurecr.us")
        ? "https://login.microsoftonline.us"
        : "https://login.microsoftonline.com";
  }

  private static boolean isLoopback(URI url) {
    String host = String.valueOf(url.getHost());
    try {
      return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
