package dev.entrepot.admin;

import dev.entrepot.cache.ContentCache;
import dev.entrepot.pull.LiveUpstreams;
import dev.entrepot.pull.PullService;
import dev.entrepot.pull.Warming;
import dev.entrepot.stock.Addresses;
import dev.entrepot.stock.LocalStock;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.InstantSource;
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
      ApplicationAvailability availability, ContentCache cache, PrometheusMeterRegistry metrics) {
    return AdminRoutes.of(availability, cache::isDegraded, metrics);
  }

  @Bean
  RouterFunction<ServerResponse> stockRoutes(
      ContentCache cache,
      LiveUpstreams upstreams,
      PullService pulls,
      AdminProperties properties,
      InstantSource clock) {
    LocalStock stock =
        new LocalStock(
            cache, new Addresses(image -> upstreams.get().route(image).address()), clock);
    return StockRoutes.of(
        stock,
        new Warming(pulls),
        new AdminGuard(AdminKey.create(cache.directory()), properties.listen()));
  }
}
