package dev.entrepot.route;

import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryName;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The {@code match} of an upstream's rule: a host, a glob over hosts, or either followed by the
 * start of a repository's name. {@code *} stands for characters other than a dot, {@code **} for
 * any.
 */
public final class HostPattern {

  private final String text;
  private final Optional<RegistryHost> exactHost;
  private final Pattern host;
  private final Optional<Pattern> repositories;

  private HostPattern(String text) {
    this.text = text;
    int slash = text.indexOf('/');
    String hosts = (slash < 0 ? text : text.substring(0, slash)).toLowerCase(Locale.ROOT);
    String start = slash < 0 ? "" : withoutLastSlash(text.substring(slash + 1));
    this.exactHost =
        hosts.indexOf('*') < 0 ? Optional.of(new RegistryHost(hosts)) : Optional.empty();
    this.host =
        exactHost
            .map(exact -> Pattern.compile(Pattern.quote(exact.value())))
            .orElseGet(() -> Glob.ofHosts(hosts));
    this.repositories =
        start.isEmpty() ? Optional.empty() : Optional.of(Glob.ofRepositoriesUnder(start));
  }

  /** Reads a pattern; an {@link IllegalArgumentException} says what is wrong with it. */
  public static HostPattern parse(String text) {
    if (text.isBlank() || text.contains("://") || text.startsWith("/")) {
      throw new IllegalArgumentException(
          "match '" + text + "' must be a host, a glob such as *.example.com, or host/prefix");
    }
    try {
      return new HostPattern(text);
    } catch (IllegalArgumentException | RegistryException e) {
      throw new IllegalArgumentException(
          "match '" + text + "' is no host, glob or host/prefix: " + e.getMessage(), e);
    }
  }

  private static String withoutLastSlash(String prefix) {
    return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
  }

  /** Whether the host part fits. */
  public boolean matchesHost(RegistryHost registry) {
    return host.matcher(registry.value()).matches();
  }

  /** Whether both the host and the repository fit. */
  public boolean matches(RegistryHost registry, RepositoryName repository) {
    return matchesHost(registry)
        && repositories.map(start -> start.matcher(repository.value()).matches()).orElse(true);
  }

  /** The one host it names, if it is no glob. */
  public Optional<RegistryHost> exactHost() {
    return exactHost;
  }

  @Override
  public String toString() {
    return text;
  }
}
