package dev.entrepot.access;

import java.util.List;
import java.util.Optional;

/**
 * Safe by default: whoever reaches the registry listener can read whatever our credentials can
 * read. That is refused unless the operator has said who may.
 */
public final class ExposureCheck {

  private ExposureCheck() {}

  /**
   * Why this configuration must not be served, if it must not.
   *
   * @param clientsAuthenticated whether clients prove who they are, as with {@code tls.client-ca}
   */
  public static Optional<String> objection(
      ListenAddress listen,
      boolean clientsAuthenticated,
      AccessProperties access,
      List<Exposed> upstreams) {
    if (listen.isLoopback() || clientsAuthenticated || access.anonymous()) {
      return Optional.empty();
    }
    List<String> open =
        upstreams.stream()
            .filter(upstream -> upstream.hasCredential() && !upstream.hasAllowList())
            .map(Exposed::match)
            .toList();
    return open.isEmpty() ? Optional.empty() : Optional.of(sentence(listen, open));
  }

  private static String sentence(ListenAddress listen, List<String> open) {
    return "everyone who can reach "
        + listen
        + " could read all that the credentials of "
        + String.join(", ", open)
        + " can read; either set entrepot.tls.client-ca so that clients must show a certificate,"
        + " or list the repositories that everyone may pull under `allow` of these upstreams,"
        + " or say entrepot.access.anonymous: true if the network is the boundary";
  }

  /** What one upstream would expose. */
  public record Exposed(String match, boolean hasCredential, boolean hasAllowList) {}
}
