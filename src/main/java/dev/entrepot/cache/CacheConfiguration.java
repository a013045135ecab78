package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the cache, which at shutdown lets the flights end whose clients have left already. */
@Configuration(proxyBeanMethods = false)
class CacheConfiguration {

  /** Nobody waits for these flights: what is lost is fetched again. */
  private static final Duration LAST_FLIGHTS = Duration.ofSeconds(20);

  @Bean
  ContentCache contentCache(CacheProperties properties, InstantSource clock, Meters meters) {
    return ContentCache.open(properties, clock, meters);
  }

  @Bean
  SmartLifecycle cacheDrain(ContentCache cache) {
    return new SmartLifecycle() {

      private volatile boolean running;

      @Override
      public void start() {
        running = true;
      }

      @Override
      public void stop(Runnable stopped) {
        running = false;
        cache.drain(LAST_FLIGHTS).doFinally(_ -> stopped.run()).subscribe();
      }

      @Override
      public void stop() {
        running = false;
      }

      @Override
      public boolean isRunning() {
        return running;
      }

      @Override
      public int getPhase() {
        // The listener, at the default phase, stops first.
        return SmartLifecycle.DEFAULT_PHASE - 1;
      }
    };
  }
}
