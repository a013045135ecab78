package dev.entrepot.tls;

import dev.entrepot.metrics.Meters;
import dev.entrepot.reload.ReloadOutcome;
import java.time.InstantSource;
import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the served certificate, if the listener is to be secured. */
@Configuration(proxyBeanMethods = false)
class TlsConfiguration {

  private static final List<String> PROTOCOLS = List.of("h2", "http/1.1");

  @Bean
  @ConditionalOnBooleanProperty(name = "entrepot.tls.enabled", matchIfMissing = true)
  ServedCertificate servedCertificate(
      TlsProperties properties, InstantSource clock, Meters meters) {
    ServedCertificate certificate =
        new ServedCertificate(properties, PROTOCOLS, clock, outcome -> count(outcome, meters));
    certificate.start(ServedCertificate.INTERVAL);
    return certificate;
  }

  private static void count(ReloadOutcome outcome, Meters meters) {
    meters.reloaded("certificate", outcome instanceof ReloadOutcome.Kept ? "failed" : "loaded");
  }
}
