package dev.entrepot.tls;

import dev.entrepot.reload.ReloadLoop;
import dev.entrepot.reload.ReloadOutcome;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Our side of TLS towards an upstream: whom we trust and who we say we are, taken up anew when
 * files change.
 */
public final class ClientTrust implements AutoCloseable {

  private final UpstreamTlsProperties properties;
  private final ContextBuild build;
  private final ReloadLoop loop;
  private final SslContext context;
  private volatile Trusting trusting;

  /**
   * Reads the files, or throws an {@link IllegalStateException} that says what is wrong with them.
   * Blocks on files.
   */
  public ClientTrust(
      UpstreamTlsProperties properties,
      List<String> applicationProtocols,
      Consumer<ReloadOutcome> listener) {
    this(properties, ContextBuild.with(applicationProtocols), listener);
  }

  ClientTrust(
      UpstreamTlsProperties properties, ContextBuild build, Consumer<ReloadOutcome> listener) {
    this.properties = properties;
    this.build = build;
    this.loop = new ReloadLoop("an upstream's trust", this::look, listener);
    this.trusting = trust(read());
    this.context = new CurrentSslContext(() -> trusting.context());
  }

  /**
   * A client context for the life of the upstream. It verifies the peer's host name, so handlers
   * must be made with the host they connect to.
   */
  public SslContext context() {
    return context;
  }

  /** Looks at the files once, now. Blocks on files. */
  public ReloadOutcome scan() {
    return loop.scan();
  }

  /**
   * Starts to look at the files at an interval, on a thread of its own; does nothing if no file is
   * named.
   */
  public void start(Duration interval) {
    if (properties.ca() != null || properties.clientCertificate() != null) {
      loop.start(interval);
    }
  }

  /** Stops looking; what was read last stays in use. */
  @Override
  public void close() {
    loop.close();
  }

  private ReloadOutcome look() {
    Material found = read();
    if (found.fingerprint().equals(trusting.fingerprint())) {
      return new ReloadOutcome.Unchanged();
    }
    trusting = trust(found);
    return new ReloadOutcome.Replaced();
  }

  private Material read() {
    Path ca = properties.ca();
    Path certificate = properties.clientCertificate();
    Path key = properties.clientKey();
    return new Material(
        certificate == null || key == null
            ? Optional.empty()
            : Optional.of(Identity.read(certificate, key)),
        ca == null ? List.of() : Pem.certificates(ca));
  }

  private Trusting trust(Material material) {
    SslContextBuilder builder = SslContextBuilder.forClient();
    material
        .identity()
        .ifPresent(identity -> builder.keyManager(identity.key(), identity.chainArray()));
    if (properties.insecureSkipVerify()) {
      builder
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm(null);
    } else {
      builder
          .trustManager(systemAnd(material.authorities()))
          .endpointIdentificationAlgorithm("HTTPS");
    }
    return new Trusting(material.fingerprint(), build.build(builder));
  }

  private static X509ExtendedTrustManager systemAnd(List<X509Certificate> authorities) {
    try {
      X509ExtendedTrustManager system = trustIn(null);
      if (authorities.isEmpty()) {
        return system;
      }
      List<X509Certificate> all = new ArrayList<>(Arrays.asList(system.getAcceptedIssuers()));
      all.addAll(authorities);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (X509Certificate certificate : all) {
        store.setCertificateEntry(Integer.toString(store.size()), certificate);
      }
      return trustIn(store);
    } catch (GeneralSecurityException | IOException failure) {
      throw new IllegalStateException("tried to read the system's trusted authorities", failure);
    }
  }

  /**
   * Only extended trust managers check host names; Netty skips the check silently with others
   * (CVE-2026-50010).
   */
  private static X509ExtendedTrustManager trustIn(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return Arrays.stream(factory.getTrustManagers())
        .filter(X509ExtendedTrustManager.class::isInstance)
        .map(X509ExtendedTrustManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("this JDK checks no host names"));
  }

  private record Material(Optional<Identity> identity, List<X509Certificate> authorities) {

    String fingerprint() {
      return ContextBuild.fingerprint(identity, authorities);
    }
  }

  private record Trusting(String fingerprint, SslContext context) {}
}
