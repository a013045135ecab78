package dev.entrepot.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Dials a TLS listener as containerd's Go does: it trusts only the authority it was given and looks
 * only at a certificate's alternative names, never at its common name.
 */
public final class ListenerDial {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  private final TlsProperties properties;

  public ListenerDial(TlsProperties properties) {
    this.properties = properties;
  }

  /**
   * Asks the listener for {@code /v2/}. Blocks.
   *
   * @param host a name or address that the certificate has to be good for
   * @return what the listener showed
   * @throws UnreachableListenerException if nothing listens there
   * @throws IllegalStateException if clients would not accept what listens there; the message says
   *     why
   */
  public ServedCertificate.Details dial(String host, int port) {
    String name = host + ":" + port;
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(host, port), (int) PATIENCE.toMillis());
      plain.setSoTimeout((int) PATIENCE.toMillis());
      try (SSLSocket secured = secured(plain, host, port)) {
        secured.startHandshake();
        X509Certificate leaf = (X509Certificate) secured.getSession().getPeerCertificates()[0];
        if (SubjectNames.in(leaf).isEmpty()) {
          throw new UnusableCertificateException(
              "tried to dial %s but its certificate has no alternative names, and Go looks at no others"
                  .formatted(name));
        }
        return answered(secured, name, ServedCertificate.Details.of(leaf));
      }
    } catch (ConnectException | SocketTimeoutException e) {
      throw new UnreachableListenerException(name, e);
    } catch (SSLException e) {
      throw new UnusableCertificateException(
          "tried to dial %s but %s".formatted(name, reason(e)), e);
    } catch (IOException | GeneralSecurityException e) {
      throw new UnreachableListenerException(name, e);
    }
  }

  /** The names that clients were promised and this certificate is not good for. */
  public List<String> missingNames(ServedCertificate.Details details) {
    return SubjectNames.of(properties.names())
        .minus(SubjectNames.of(details.names()))
        .values()
        .stream()
        .toList();
  }

  private ServedCertificate.Details answered(
      SSLSocket secured, String name, ServedCertificate.Details details) throws IOException {
    if (properties.clientCa() != null) {
      // It wants a certificate of the client's, and we have none.
      return details;
    }
    secured
        .getOutputStream()
        .write(
            "GET /v2/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                .formatted(name)
                .getBytes(StandardCharsets.US_ASCII));
    String status = firstLine(secured.getInputStream());
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new UnusableCertificateException(
          "tried to dial %s but it is no registry: it answered '%s'".formatted(name, status));
    }
    return details;
  }

  private SSLSocket secured(Socket plain, String host, int port)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    Optional<KeyStore> own = authorities();
    trust.init(own.orElse(null));
    context.init(null, trust.getTrustManagers(), null);
    SSLSocket secured =
        (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(VERSIONS);
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    secured.setSSLParameters(parameters);
    return secured;
  }

  /** Our own authority or the root in the operator's chain; none means those of the system. */
  private Optional<KeyStore> authorities() throws IOException, GeneralSecurityException {
    Path chain = properties.certificate();
    List<X509Certificate> certificates =
        Pem.certificates(
            chain == null
                ? properties.directory().resolve(LocalCertificates.CA_CERTIFICATE)
                : chain);
    X509Certificate last = certificates.getLast();
    if (!last.getSubjectX500Principal().equals(last.getIssuerX500Principal())) {
      return Optional.empty();
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("authority", last);
    return Optional.of(store);
  }

  private static String firstLine(InputStream input) throws IOException {
    byte[] line = input.readNBytes("HTTP/1.1 200 OK".length());
    return new String(line, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?");
  }

  private static String reason(SSLException failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return "its certificate would be refused: " + cause.getMessage();
  }
}
