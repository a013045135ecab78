package dev.entrepot.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.reactive.ConfigurableReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/** Wires the admin listener. */
@Configuration(proxyBeanMethods = false)
class AdminConfiguration {

  @Bean
  WebServerFactoryCustomizer<ConfigurableReactiveWebServerFactory> adminListener(
      AdminProperties properties) {
    return server -> {
      server.setAddress(properties.listen().toSocketAddress().getAddress());
      server.setPort(properties.listen().port());
    };
  }

  @Bean
  RouterFunction<ServerResponse> adminRoutes(
      ApplicationAvailability availability, PrometheusMeterRegistry metrics) {
    return AdminRoutes.of(availability, metrics);
  }
}
