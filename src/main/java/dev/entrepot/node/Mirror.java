package dev.entrepot.node;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * The mirror a node is pointed at.
 *
 * @param url {@code http} or {@code https}, a host, and perhaps a port and a path
 * @param ca what the node must trust beyond its system's CAs
 * @param strict never fall back to an image's own registry
 */
public record Mirror(URI url, Optional<MirrorCa> ca, boolean strict) {

  /** Checks the URL and takes off its trailing slashes. */
  public Mirror {
    var scheme = url.getScheme();
    if (scheme == null || !(scheme.equals("https") || scheme.equals("http"))) {
      throw refused(url.toString(), "it must begin with https:// or http://");
    }
    if (url.getRawUserInfo() != null) {
      throw refused(url.toString(), "it carries a user, and a node needs no credentials");
    }
    if (url.getHost() == null || url.getPort() == 0 || url.getPort() > 65535) {
      throw refused(url.toString(), "it names no host, or no port from 1 to 65535");
    }
    if (url.getRawQuery() != null || url.getRawFragment() != null) {
      throw refused(url.toString(), "it carries a query or a fragment");
    }
    url = URI.create(url.toString().replaceFirst("/+$", ""));
    if ((url.getRawPath() + "/").contains("/v2/") && !url.getRawPath().endsWith("/v2")) {
      throw refused(
          url.toString(), "nodes append /v2 themselves, so in its path /v2 may only come last");
    }
  }

  /** Reads a URL as a person writes it. */
  public static Mirror parse(String url, Optional<MirrorCa> ca, boolean strict) {
    var trimmed = url.strip();
    var scheme = trimmed.indexOf("://");
    try {
      return new Mirror(
          new URI(
              scheme < 0
                  ? trimmed
                  : trimmed.substring(0, scheme).toLowerCase(Locale.ROOT)
                      + trimmed.substring(scheme)),
          ca,
          strict);
    } catch (URISyntaxException _) {
      throw refused(trimmed, "it is no URL, such as https://127.0.0.1:5443");
    }
  }

  /** Whether nodes must check a certificate. */
  boolean isTls() {
    return "https".equals(url.getScheme());
  }

  private static NodeConfigurationException refused(String url, String why) {
    // Whatever stands before an @ may be a password.
    var shown = url.replaceFirst("(?s)^(.*://)?.*@", "$1…@");
    return new NodeConfigurationException(
        "tried to use '%s' as the mirror's URL but %s".formatted(shown, why));
  }
}
