package dev.entrepot.route;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One upstream's part in routing.
 *
 * @param match which images are its
 * @param servedAs {@code Host} names of ours that mean this upstream, with or without a port
 */
public record RouteRule(HostPattern match, List<String> servedAs, Optional<Rewrite> rewrite) {

  public RouteRule {
    servedAs = servedAs.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    if (!servedAs.isEmpty() && match.exactHost().isEmpty()) {
      throw new IllegalArgumentException(
          "served-as "
              + servedAs
              + " needs a match that is one host, but '"
              + match
              + "' is a pattern: which registry would be meant?");
    }
  }

  boolean isServedAs(String hostHeader) {
    String host = hostHeader.toLowerCase(Locale.ROOT);
    int port = host.lastIndexOf(':');
    return servedAs.contains(host)
        || (port > host.lastIndexOf(']') && servedAs.contains(host.substring(0, port)));
  }
}
