package dev.entrepot.upstream;

import dev.entrepot.credentials.CredentialBinding;
import dev.entrepot.credentials.CredentialProperties;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/** Binds rules, whose {@code credentials} have different keys for each {@code type}. */
public final class UpstreamBinding extends AbstractBindHandler {

  private final BindHandler parent;

  /**
   * Makes a handler.
   *
   * @param parent is told of every key that is looked at
   */
  public UpstreamBinding(BindHandler parent) {
    super(parent);
    this.parent = parent;
  }

  /** A record that leaves all its keys to their defaults would be bound to nothing. */
  @Override
  public <T> @Nullable Bindable<T> onStart(
      ConfigurationPropertyName name, Bindable<T> target, BindContext context) {
    Bindable<T> started = super.onStart(name, target, context);
    return target.getType().resolve() == CredentialProperties.class ? null : started;
  }

  @Override
  public @Nullable Object onSuccess(
      ConfigurationPropertyName name, Bindable<?> target, BindContext context, Object result) {
    Object bound = super.onSuccess(name, target, context, result);
    if (!(bound instanceof UpstreamProperties rule)) {
      return bound;
    }
    ConfigurationPropertyName credentials = name.append("credentials");
    super.onStart(credentials.append(CredentialBinding.TYPE), Bindable.of(String.class), context);
    return rule.with(
        CredentialBinding.bind(credentials, context.getBinder(), context.getSources(), parent));
  }
}
