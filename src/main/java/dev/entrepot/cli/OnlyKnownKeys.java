package dev.entrepot.cli;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;

/**
 * Refuses keys that no setting asked for.
 *
 * <p>Boot's own handler overlooks what is nested in a list's element, such as {@code
 * upstreams[0].tls.insecure-skip-verfy}, and takes a known key without a value for an unknown one.
 */
final class OnlyKnownKeys implements BindHandler {

  private final Predicate<ConfigurationPropertySource> looksAt;
  private final Set<ConfigurationPropertyName> asked = new HashSet<>();
  private final Set<ConfigurationPropertyName> bound = new HashSet<>();

  OnlyKnownKeys(Predicate<ConfigurationPropertySource> looksAt) {
    this.looksAt = looksAt;
  }

  @Override
  public <T> Bindable<T> onStart(
      ConfigurationPropertyName name, Bindable<T> target, BindContext context) {
    asked.add(name);
    return target;
  }

  @Override
  public Object onSuccess(
      ConfigurationPropertyName name, Bindable<?> target, BindContext context, Object result) {
    bound.add(name);
    return result;
  }

  @Override
  public void onFinish(
      ConfigurationPropertyName name,
      Bindable<?> target,
      BindContext context,
      @Nullable Object result) {
    if (context.getDepth() > 0) {
      return;
    }
    Set<ConfigurationProperty> unknown = new TreeSet<>();
    for (ConfigurationPropertySource source : context.getSources()) {
      if (source instanceof IterableConfigurationPropertySource keys && looksAt.test(source)) {
        unknownIn(keys, name).forEach(unknown::add);
      }
    }
    if (!unknown.isEmpty()) {
      throw new UnboundConfigurationPropertiesException(unknown);
    }
  }

  private Stream<ConfigurationProperty> unknownIn(
      IterableConfigurationPropertySource source, ConfigurationPropertyName root) {
    return source.stream()
        .filter(root::isAncestorOf)
        .filter(key -> !asked.contains(key) && !isOverridden(key))
        .map(source::getConfigurationProperty)
        .flatMap(Stream::ofNullable);
  }

  /** Whether it belongs to an element of a list that another source has replaced. */
  private boolean isOverridden(ConfigurationPropertyName key) {
    for (int size = 1; size <= key.getNumberOfElements(); size++) {
      ConfigurationPropertyName start = key.chop(size);
      if (start.isLastElementIndexed() && !bound.contains(start)) {
        return asked.contains(key.chop(size - 1).append("[0]"));
      }
    }
    return false;
  }
}
