package dev.entrepot.web;

import dev.entrepot.metrics.Meters;
import dev.entrepot.pull.PullService;
import dev.entrepot.tls.ServedCertificate;
import java.util.Optional;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Wires the registry listener, which is the first to stop: its pulls are finished while all else
 * still works.
 */
@Configuration(proxyBeanMethods = false)
class WebConfiguration {

  @Bean
  RegistryListener registryListener(
      WebProperties properties,
      Optional<ServedCertificate> certificate,
      PullService pulls,
      Meters meters) {
    return new RegistryListener(
        properties.listen(),
        certificate.map(ServedCertificate::context),
        pulls,
        ClientLimits.stallingAtMost(properties.client()),
        meters);
  }

  @Bean
  SmartLifecycle registryListenerLifecycle(RegistryListener listener, WebProperties properties) {
    return new SmartLifecycle() {
      @Override
      public void start() {
        listener.start();
      }

      @Override
      public void stop() {
        listener.stop(properties.drain());
      }

      @Override
      public boolean isRunning() {
        return listener.isRunning();
      }
    };
  }
}
