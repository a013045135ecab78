package dev.entrepot.credentials.aws;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Duration;
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
      return connection;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
