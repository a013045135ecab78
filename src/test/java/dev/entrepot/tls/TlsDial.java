package dev.entrepot.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A connection by the JDK's own TLS, which trusts one authority and verifies the name it was told
 * to expect.
 */
final class TlsDial implements AutoCloseable {

  private final SSLSocket socket;

  private TlsDial(SSLSocket socket) {
    this.socket = socket;
  }

  static TlsDial open(int port, String name, X509Certificate authority) throws Exception {
    return open(port, name, authority, null, List.of("TLSv1.3", "TLSv1.2"), List.of());
  }

  static TlsDial open(
      int port,
      String name,
      X509Certificate authority,
      @Nullable Identity client,
      List<String> versions,
      List<String> applicationProtocols)
      throws Exception {
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
    plain.setSoTimeout(10_000);
    SSLSocket socket =
        (SSLSocket)
            context(authority, client).getSocketFactory().createSocket(plain, name, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(versions.toArray(String[]::new));
    parameters.setApplicationProtocols(applicationProtocols.toArray(String[]::new));
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (IOException refused) {
      socket.close();
      throw refused;
    }
    return new TlsDial(socket);
  }

  /** The certificate that was presented. */
  X509Certificate peer() throws IOException {
    return (X509Certificate) socket.getSession().getPeerCertificates()[0];
  }

  String version() {
    return socket.getSession().getProtocol();
  }

  String applicationProtocol() {
    return socket.getApplicationProtocol();
  }

  /** Sends a request on the open connection and returns the status line. */
  String get() throws IOException {
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    byte[] head = new byte[4096];
    int length = 0;
    while (length < head.length) {
      int read = socket.getInputStream().read(head, length, head.length - length);
      if (read < 0) {
        break;
      }
      length += read;
      String text = new String(head, 0, length, StandardCharsets.US_ASCII);
      // The body is chunked: the last chunk ends the answer.
      if (text.endsWith("0\r\n\r\n") || text.endsWith("\r\n\r\nok")) {
        return text.lines().findFirst().orElse("");
      }
    }
    throw new IOException("the connection ended before the answer did");
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static SSLContext context(X509Certificate authority, @Nullable Identity client)
      throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", authority);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers(client), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyManager @Nullable [] keyManagers(@Nullable Identity client) throws Exception {
    if (client == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    Certificate[] chain = client.chain().toArray(Certificate[]::new);
    store.setKeyEntry("client", client.key(), new char[0], chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    return keys.getKeyManagers();
  }
}
