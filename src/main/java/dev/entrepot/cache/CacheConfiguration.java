package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the cache. */
@Configuration(proxyBeanMethods = false)
class CacheConfiguration {

  @Bean
  ContentCache contentCache(CacheProperties properties, InstantSource clock, Meters meters) {
    return ContentCache.open(properties, clock, meters);
  }
}
