package dev.entrepot.pull;

import dev.entrepot.cache.CacheProperties;
import dev.entrepot.cache.ContentCache;
import dev.entrepot.metrics.Meters;
import dev.entrepot.upstream.EgressProxy;
import dev.entrepot.upstream.RegistryClients;
import dev.entrepot.upstream.TimeoutProperties;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the use case with the cache and the upstreams it joins. */
@Configuration(proxyBeanMethods = false)
class PullConfiguration {

  @Bean
  InstantSource clock() {
    return InstantSource.system();
  }

  @Bean
  LiveUpstreams upstreams(
      PullProperties properties, TimeoutProperties timeouts, InstantSource clock, Meters meters) {
    return new LiveUpstreams(
        properties,
        new RegistryClients(
            properties.upstreams(), timeouts, EgressProxy.from(System.getenv()), clock, meters));
  }

  @Bean
  PullService pullService(
      LiveUpstreams upstreams,
      ContentCache cache,
      CacheProperties cacheProperties,
      PullProperties properties,
      InstantSource clock,
      Meters meters) {
    return new PullService(upstreams, cache, cacheProperties, clock, meters, properties.offline());
  }
}
