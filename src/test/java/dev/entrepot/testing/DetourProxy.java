package dev.entrepot.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * An HTTP proxy for programs that only know a cloud's own hosts: it ends their TLS with a
 * certificate for those hosts and hands what they say to one plain server.
 */
public final class DetourProxy implements AutoCloseable {

  private final ServerSocket listener;
  private final SSLContext tls;
  private final URI server;
  private final List<String> targets = new CopyOnWriteArrayList<>();

  private DetourProxy(ServerSocket listener, SSLContext tls, URI server) {
    this.listener = listener;
    this.tls = tls;
    this.server = server;
  }

  /** Starts a proxy that leads to this server. */
  public static DetourProxy start(TestCertificates.Issued certificate, URI server) {
    try {
      var listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      var proxy = new DetourProxy(listener, context(certificate), server);
      Thread.ofVirtual().start(proxy::accept);
      return proxy;
    } catch (IOException | GeneralSecurityException broken) {
      throw new IllegalStateException("tried to start a proxy but could not", broken);
    }
  }

  /** Where it listens. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** The {@code host:port}s that clients wanted, in their order. */
  public List<String> targets() {
    return List.copyOf(targets);
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var client = listener.accept();
        Thread.ofVirtual().start(() -> lead(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void lead(Socket client) {
    try (client) {
      targets.add(target(client.getInputStream()));
      client
          .getOutputStream()
          .write("HTTP/1.1 200 Led astray\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      try (var plain = tls.getSocketFactory().createSocket(client, (InputStream) null, true);
          var end = new Socket(server.getHost(), server.getPort())) {
        var upwards = Thread.ofVirtual().start(() -> pump(plain, end));
        pump(end, plain);
        upwards.interrupt();
      }
    } catch (IOException gone) {
      // The client notices.
    }
  }

  private static void pump(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException gone) {
      // Who waits for the rest notices.
    }
  }

  /** Reads the head of a CONNECT request, byte by byte: what follows belongs to TLS. */
  private static String target(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the client left");
      }
      head.append((char) next);
    }
    return head.toString().split(" ", 3)[1];
  }

  private static SSLContext context(TestCertificates.Issued certificate)
      throws GeneralSecurityException, IOException {
    var password = new char[0];
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        certificate.key(),
        password,
        new Certificate[] {certificate.certificate(), certificate.authority()});
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }
}
