package dev.entrepot.credentials;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;

/**
 * Binds {@code credentials} to the record its {@code type} asks for. A key of another type is
 * refused, because it says that something else was meant.
 */
public final class CredentialBinding {

  /** The key that decides what the others are. */
  public static final String TYPE = "type";

  private CredentialBinding() {}

  /**
   * Binds what stands under this name; fails with an {@link IllegalArgumentException} or what the
   * binder throws.
   *
   * @param handler is told of every key that is looked at
   */
  public static CredentialProperties bind(
      ConfigurationPropertyName name,
      Binder binder,
      Iterable<ConfigurationPropertySource> sources,
      BindHandler handler) {
    String word = binder.bind(name.append(TYPE), Bindable.of(String.class)).orElse("anonymous");
    Class<? extends CredentialProperties> type =
        CredentialProperties.named(word).orElseThrow(() -> unknown(word));
    refuseForeignKeys(name, type, sources);
    return type == CredentialProperties.Anonymous.class
        ? CredentialProperties.anonymous()
        : binder.bindOrCreate(name, Bindable.of(type), handler);
  }

  private static void refuseForeignKeys(
      ConfigurationPropertyName name,
      Class<? extends CredentialProperties> type,
      Iterable<ConfigurationPropertySource> sources) {
    List<String> own = keys(type);
    CredentialProperties.types()
        .flatMap(other -> keys(other).stream())
        .distinct()
        .filter(key -> !own.contains(key))
        .filter(key -> isSet(name.append(key), sources))
        .findFirst()
        .ifPresent(
            key -> {
              throw new IllegalArgumentException(
                  "credentials.%s is set, but credentials.type '%s' reads %s; remove it or choose the type that reads it."
                      .formatted(
                          key,
                          CredentialProperties.wordFor(type),
                          own.isEmpty() ? "no keys" : "only " + String.join(", ", own)));
            });
  }

  private static boolean isSet(
      ConfigurationPropertyName key, Iterable<ConfigurationPropertySource> sources) {
    for (ConfigurationPropertySource source : sources) {
      boolean scalar =
          Optional.ofNullable(source.getConfigurationProperty(key))
              .filter(property -> !String.valueOf(property.getValue()).isBlank())
              .isPresent();
      if (scalar || source.containsDescendantOf(key) == ConfigurationPropertyState.PRESENT) {
        return true;
      }
    }
    return false;
  }

  private static List<String> keys(Class<? extends CredentialProperties> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getName)
        .map(DataObjectPropertyName::toDashedForm)
        .toList();
  }

  private static IllegalArgumentException unknown(String word) {
    return new IllegalArgumentException(
        "credentials.type '%s' is none that Entrepot knows; choose one of %s."
            .formatted(word, String.join(", ", CredentialProperties.words())));
  }
}
