package dev.entrepot.credentials.google;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;

/** The egress proxy, but for metadata servers: they know who asks by the connection. */
final class DirectNeighbours extends ProxySelector {

  private final ProxySelector proxies;

  DirectNeighbours(ProxySelector proxies) {
    this.proxies = proxies;
  }

  @Override
  public List<Proxy> select(URI target) {
    String host = String.valueOf(target.getHost());
    boolean isNeighbour =
        host.equals(MetadataServer.host())
            || host.equals("metadata.google.internal")
            || host.startsWith("169.254.");
    return isNeighbour ? List.of(Proxy.NO_PROXY) : proxies.select(target);
  }

  @Override
  public void connectFailed(URI target, SocketAddress address, IOException failure) {
    proxies.connectFailed(target, address, failure);
  }
}
