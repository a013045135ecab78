package dev.entrepot.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.origin.Origin;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.util.unit.DataSize;

/**
 * Turns what Spring throws over a configuration into one sentence with the key, its value and what
 * would be right.
 */
final class ConfigurationProblem {

  private static final Map<Class<?>, String> REMEDIES =
      Map.of(
          DataSize.class, "is no size; write for example 20GB",
          Duration.class, "is no duration; write for example 60s, 5m or 7d",
          Boolean.class, "must be true or false",
          boolean.class, "must be true or false",
          URI.class, "is no URL; write for example https://registry.example.com");

  private ConfigurationProblem() {}

  static ConfigurationException describe(RuntimeException error, Optional<Path> file) {
    return new ConfigurationException(sentence(error, file), error);
  }

  private static String sentence(RuntimeException error, Optional<Path> file) {
    return switch (error) {
      case ConfigurationException known -> String.valueOf(known.getMessage());
      case BindException bind when bind.getCause() instanceof BindException inner ->
          sentence(inner, file);
      case BindException bind -> sentence(bind);
      default ->
          "the configuration "
              + file.map(path -> path + " ").orElse("")
              + "cannot be read: "
              + oneLine(root(error));
    };
  }

  private static String sentence(BindException bind) {
    Throwable root = root(bind);
    if (root instanceof UnboundConfigurationPropertiesException unknown) {
      return unknown.getUnboundProperties().stream()
          .map(property -> "unknown key " + property.getName() + at(property))
          .sorted()
          .collect(
              Collectors.joining(
                  "; ", "", "; `entrepot serve --defaults` prints the keys there are"));
    }
    ConfigurationProperty property = culprit(bind);
    String key = property == null ? bind.getName().toString() : property.getName().toString();
    String value = property == null ? "" : value(property);
    return key + value + (property == null ? "" : at(property)) + ": " + reason(bind, root);
  }

  /** Boot names the property it read last, which may be another one. */
  private static @Nullable ConfigurationProperty culprit(BindException bind) {
    ConfigurationProperty last = bind.getProperty();
    boolean meant =
        last != null
            && (bind.getName().equals(last.getName())
                || bind.getName().isAncestorOf(last.getName()));
    return meant ? last : null;
  }

  /** A key that may hold a secret is never repeated. */
  private static String value(ConfigurationProperty property) {
    String key = property.getName().toString();
    boolean secret = key.contains("password") || key.contains("secret") || key.contains("token");
    return secret ? "" : " '" + property.getValue() + "'";
  }

  private static String reason(BindException bind, Throwable root) {
    Class<?> wanted = bind.getTarget().getType().resolve(Object.class);
    String remedy = REMEDIES.get(wanted);
    if (remedy != null) {
      return remedy;
    }
    return root instanceof ConversionFailedException
        ? "is no " + wanted.getSimpleName()
        : oneLine(root);
  }

  private static String at(ConfigurationProperty property) {
    Origin origin = property.getOrigin();
    return origin == null ? "" : " (" + oneLine(String.valueOf(origin)) + ")";
  }

  private static Throwable root(Throwable error) {
    return NestedExceptionUtils.getMostSpecificCause(error);
  }

  private static String oneLine(Throwable error) {
    return oneLine(error.getMessage() == null ? error.toString() : error.getMessage());
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }
}
