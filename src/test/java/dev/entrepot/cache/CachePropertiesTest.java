package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

class CachePropertiesTest {

  @Test
  void everythingHasADefault() {
    // When
    CacheProperties properties = bind(Map.of());

    // Then
    assertThat(properties)
        .isEqualTo(
            new CacheProperties(
                Path.of("cache"),
                DataSize.ofGigabytes(20),
                DataSize.ofGigabytes(1),
                Duration.ofSeconds(60),
                Duration.ofDays(7),
                Duration.ofDays(7),
                Percentage.of("90%")));
  }

  @ParameterizedTest
  @CsvSource({
    "max-size, 0B",
    "max-size, -1GB",
    "min-free, -1GB",
    "tag-freshness, -1s",
    "max-stale, -1s",
    "scrub, -1s",
    "free-to, 0%"
  })
  void aValueThatDoesNotDoIsNamed(String key, String value) {
    // When
    var bound = assertThatThrownBy(() -> bind(Map.of("entrepot.cache." + key, value)));

    // Then
    bound.rootCause().hasMessageContaining("entrepot.cache." + key).hasMessageContaining("say");
  }

  @ParameterizedTest
  @ValueSource(strings = {"101%", "90", "-1%", "%", "ninety"})
  void whatIsNoPercentageIsRefused(String value) {
    // When
    var bound = assertThatThrownBy(() -> bind(Map.of("entrepot.cache.free-to", value)));

    // Then
    bound.hasMessageContaining("entrepot.cache.free-to");
    bound.rootCause().hasMessageContaining("%");
  }

  private static CacheProperties bind(Map<String, String> values) {
    return new Binder(new MapConfigurationPropertySource(values))
        .bindOrCreate("entrepot.cache", CacheProperties.class);
  }
}
