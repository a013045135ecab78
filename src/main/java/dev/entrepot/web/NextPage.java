package dev.entrepot.web;

import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.oci.RegistryRequest.OfRepository;

/**
 * The {@code Link} to a list's next page: upstream's query on the path under which the client asked
 * us.
 */
final class NextPage {

  private NextPage() {}

  static String link(Exchange exchange, RegistryRequest asked, String nextQuery) {
    String namespace =
        asked instanceof OfRepository named
            ? named
                .name()
                .namespace()
                .map(host -> "&ns=" + host.value().replace(":", "%3A"))
                .orElse("")
            : "";
    return "<" + exchange.path() + "?" + nextQuery + namespace + ">; rel=\"next\"";
  }
}
