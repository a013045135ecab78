package dev.entrepot.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * What every context of ours has in common: provider, protocol versions and application protocols.
 */
record ContextBuild(SslProvider provider, List<String> applicationProtocols) {

  ContextBuild {
    applicationProtocols = List.copyOf(applicationProtocols);
  }

  static ContextBuild with(List<String> applicationProtocols) {
    return new ContextBuild(
        OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK, applicationProtocols);
  }

  SslContext build(SslContextBuilder builder) {
    builder.sslProvider(provider).protocols("TLSv1.3", "TLSv1.2");
    if (!applicationProtocols.isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              applicationProtocols));
    }
    try {
      return builder.build();
    } catch (SSLException | IllegalArgumentException refused) {
      throw new UnusableCertificateException(
          "tried to set up TLS but the certificate or key was refused: " + refused.getMessage(),
          refused);
    }
  }

  /**
   * A fingerprint of everything a context is built from, to tell changed content from touched
   * files.
   */
  static String fingerprint(Optional<Identity> identity, List<X509Certificate> trusted) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      if (identity.isPresent()) {
        digest.update(identity.get().key().getEncoded());
        for (X509Certificate certificate : identity.get().chain()) {
          digest.update(certificate.getEncoded());
        }
      }
      digest.update((byte) 0);
      for (X509Certificate certificate : trusted) {
        digest.update(certificate.getEncoded());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}
