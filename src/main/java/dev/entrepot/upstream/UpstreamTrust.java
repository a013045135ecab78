package dev.entrepot.upstream;

import dev.entrepot.tls.UpstreamTlsProperties;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.util.List;
import javax.net.ssl.SSLException;

/** Stands in until dev.entrepot.tls.ClientTrust arrives. */
final class UpstreamTrust {
  private UpstreamTrust() {}

  static SslContext context(UpstreamTlsProperties properties, List<String> protocols) {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .endpointIdentificationAlgorithm("HTTPS")
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      ApplicationProtocolConfig.Protocol.ALPN,
                      ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                      ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                      protocols));
      java.nio.file.Path ca = properties.ca();
      return ca == null ? builder.build() : builder.trustManager(ca.toFile()).build();
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }
}
