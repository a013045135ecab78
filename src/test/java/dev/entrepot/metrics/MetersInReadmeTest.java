package dev.entrepot.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever sets up an alert finds every meter in the README, and nothing that there is not. */
final class MetersInReadmeTest {

  private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z0-9_]+)(?:\\{(.*)})? ");
  private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"");
  private static final Pattern OURS = Pattern.compile("`(entrepot_[a-z_]+)`");

  @Test
  void everyMeterIsThereWithItsLabels() throws Exception {
    // Given
    Map<String, Set<String>> registered = registered();

    // When
    List<String> table = table();

    // Then
    assertThat(registered).hasSizeGreaterThan(20);
    registered.forEach(
        (name, labels) ->
            assertThat(table)
                .as("rows of README.md's table about " + name + " and its labels " + labels)
                .filteredOn(row -> row.contains("`" + name + "`"))
                .singleElement()
                .satisfies(
                    row -> assertThat(labels).allMatch(label -> row.contains(quoted(label)))));
  }

  @Test
  void noMeterIsThereThatIsNot() throws Exception {
    // When
    Set<String> told =
        OURS.matcher(Files.readString(Path.of("README.md")))
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toSet());

    // Then
    assertThat(registered().keySet()).containsAll(told);
  }

  private static String quoted(String label) {
    return "`" + label + "`";
  }

  private static List<String> table() throws IOException {
    return Files.readAllLines(Path.of("README.md")).stream()
        .filter(line -> line.startsWith("| `"))
        .toList();
  }

  /** Names as Prometheus scrapes them, with their labels; those of the JVM by their first word. */
  private static Map<String, Set<String>> registered() throws ReflectiveOperationException {
    MetricsConfiguration wiring = new MetricsConfiguration();
    try (var gc = wiring.jvmGcMetrics()) {
      PrometheusMeterRegistry registry = wiring.prometheusMeterRegistry(gc);
      useAll(wiring.meters(registry));
      Map<String, Set<String>> found = new TreeMap<>();
      SAMPLE
          .matcher(registry.scrape())
          .results()
          .forEach(
              sample -> {
                boolean isOurs = sample.group(1).startsWith("entrepot_");
                found
                    .computeIfAbsent(
                        isOurs ? family(sample.group(1)) : firstWord(sample.group(1)),
                        _ -> new TreeSet<>())
                    .addAll(isOurs ? labels(sample) : Set.of());
              });
      return found;
    }
  }

  private static String family(String sample) {
    return sample.replaceFirst("(_seconds)_(count|sum|max)$", "$1");
  }

  private static String firstWord(String sample) {
    return sample.substring(0, sample.indexOf('_') + 1) + "…";
  }

  private static Set<String> labels(MatchResult sample) {
    return Stream.ofNullable(sample.group(2))
        .flatMap(labels -> LABEL.matcher(labels).results())
        .map(label -> label.group(1))
        .collect(Collectors.toSet());
  }

  /** Registers what is registered at its first use. */
  private static void useAll(Meters meters) throws ReflectiveOperationException {
    for (Method method : Meters.class.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())) {
        method.invoke(
            meters, Stream.of(method.getParameterTypes()).map(MetersInReadmeTest::any).toArray());
      }
    }
  }

  private static Object any(Class<?> type) {
    if (type == String.class) {
      return "any";
    } else if (type == int.class) {
      return 1;
    } else if (type == long.class) {
      return 1L;
    } else if (type == Duration.class) {
      return Duration.ofSeconds(1);
    } else if (type == Supplier.class) {
      Supplier<Number> one = () -> 1;
      return one;
    }
    throw new AssertionError("a meter takes a " + type + ", which this test has none of");
  }
}
