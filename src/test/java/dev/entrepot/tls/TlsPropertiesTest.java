package dev.entrepot.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class TlsPropertiesTest {

  @Test
  void defaultsServeALocallyIssuedCertificate() {
    // When
    TlsProperties properties = bind(Map.of());

    // Then
    assertThat(properties)
        .isEqualTo(new TlsProperties(true, Path.of("certs"), null, null, List.of(), null));
  }

  @Test
  void keysWrittenWithoutAValueCountAsAbsent() {
    // When
    TlsProperties properties =
        bind(Map.of("certificate", "", "private-key", "", "client-ca", "", "names", ""));

    // Then
    assertThat(properties)
        .isEqualTo(new TlsProperties(true, Path.of("certs"), null, null, List.of(), null));
  }

  @Test
  void certificateWithoutItsKeyIsRefused() {
    assertThatThrownBy(() -> bind(Map.of("certificate", "/etc/tls.crt")))
        .isInstanceOf(BindException.class)
        .rootCause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("entrepot.tls.private-key", "/etc/tls.crt", "name the file");
  }

  @Test
  void keyWithoutItsCertificateIsRefused() {
    assertThatThrownBy(() -> bind(Map.of("private-key", "/etc/tls.key")))
        .rootCause()
        .hasMessageContainingAll("entrepot.tls.certificate", "/etc/tls.key", "name the file");
  }

  @Test
  void badNameIsRefusedWithTheNameAndTheRemedy() {
    assertThatThrownBy(() -> bind(Map.of("names[0]", "mirror.corp:5443")))
        .rootCause()
        .hasMessageContainingAll("entrepot.tls.names", "mirror.corp:5443", "without the port");
  }

  @Test
  void clientAuthorityWithoutTlsIsRefused() {
    assertThatThrownBy(() -> bind(Map.of("enabled", "false", "client-ca", "/etc/clients.pem")))
        .rootCause()
        .hasMessageContainingAll("entrepot.tls.client-ca", "/etc/clients.pem", "enable TLS");
  }

  @Test
  void upstreamClientCertificateWithoutItsKeyIsRefused() {
    assertThatThrownBy(() -> new UpstreamTlsProperties(null, Path.of("c.pem"), null, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("tls.client-key", "c.pem");
    assertThatThrownBy(() -> new UpstreamTlsProperties(null, null, Path.of("c.key"), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("tls.client-certificate", "c.key");
  }

  private static TlsProperties bind(Map<String, String> keys) {
    Map<String, String> source = new HashMap<>();
    keys.forEach((key, value) -> source.put("entrepot.tls." + key, value));
    return new Binder(new MapConfigurationPropertySource(source))
        .bindOrCreate("entrepot.tls", TlsProperties.class);
  }
}
