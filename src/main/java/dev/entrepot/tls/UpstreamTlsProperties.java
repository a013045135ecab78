package dev.entrepot.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** The settings under an upstream's {@code tls}: whom we trust there and who we say we are. */
public record UpstreamTlsProperties(
    @Nullable Path ca,
    @Nullable Path clientCertificate,
    @Nullable Path clientKey,
    @DefaultValue("false") boolean insecureSkipVerify) {

  public UpstreamTlsProperties {
    ca = TlsProperties.absentIfEmpty(ca);
    clientCertificate = TlsProperties.absentIfEmpty(clientCertificate);
    clientKey = TlsProperties.absentIfEmpty(clientKey);
    if (clientCertificate != null && clientKey == null) {
      throw new IllegalArgumentException(
          "entrepot.upstreams[].tls.client-key is not set but client-certificate is '%s'; name the file with its private key."
              .formatted(clientCertificate));
    }
    if (clientCertificate == null && clientKey != null) {
      throw new IllegalArgumentException(
          "entrepot.upstreams[].tls.client-certificate is not set but client-key is '%s'; name the file with its certificate chain."
              .formatted(clientKey));
    }
  }

  /** Trust in the system's authorities only and no client certificate. */
  public static UpstreamTlsProperties system() {
    return new UpstreamTlsProperties(null, null, null, false);
  }
}
