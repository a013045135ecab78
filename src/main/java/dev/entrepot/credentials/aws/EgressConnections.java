package dev.entrepot.credentials.aws;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionFactory;

/** The connections to AWS: through the rule's proxy, and patient for a short time only. */
record EgressConnections(ProxySelector proxies) implements UrlConnectionFactory {

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration READ = Duration.ofSeconds(3);

  @Override
  public HttpURLConnection createConnection(URI target) {
    Proxy proxy = proxies.select(target).stream().findFirst().orElse(Proxy.NO_PROXY);
    try {
      HttpURLConnection connection = (HttpURLConnection) target.toURL().openConnection(proxy);
      connection.setConnectTimeout((int) CONNECT.toMillis());
      connection.setReadTimeout((int) READ.toMillis());
      if (proxy.address() instanceof InetSocketAddress address) {
        authorize(connection, address, target.getScheme());
      }
      return connection;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A selector names no password: the environment may have one for this very proxy. */
  private static void authorize(
      HttpURLConnection connection, InetSocketAddress proxy, String scheme) {
    ProxyConfiguration environment =
        ProxyConfiguration.builder().useSystemPropertyValues(false).scheme(scheme).build();
    if (proxy.getHostString().equals(environment.host()) && environment.password() != null) {
      String pair = environment.username() + ":" + environment.password();
      connection.addRequestProperty(
          "Proxy-Authorization",
          "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    }
  }
}
