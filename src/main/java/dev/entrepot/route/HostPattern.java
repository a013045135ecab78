package dev.entrepot.route;

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
  private final Pattern host;
  private final Optional<Pattern> repositoryStart;
  private final boolean glob;

  private HostPattern(String text) {
    this.text = text;
    int slash = text.indexOf('/');
    String hostText = (slash < 0 ? text : text.substring(0, slash)).toLowerCase(Locale.ROOT);
    this.glob = hostText.indexOf('*') >= 0;
    this.host =
        glob
            ? Glob.compile(hostText, '.')
            : Pattern.compile(Pattern.quote(new RegistryHost(hostText).value()));
    this.repositoryStart =
        slash < 0 ? Optional.empty() : Optional.of(start(text.substring(slash + 1)));
  }

  /** Reads a pattern; an {@link IllegalArgumentException} says what is wrong with it. */
  public static HostPattern parse(String text) {
    if (text.isBlank() || text.contains("://") || text.startsWith("/")) {
      throw new IllegalArgumentException(
          "match '" + text + "' must be a host, a glob such as *.example.com, or host/prefix");
    }
    try {
      return new HostPattern(text);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "match '" + text + "' is no host, glob or host/prefix: " + e.getMessage(), e);
    }
  }

  private static Pattern start(String prefix) {
    String withoutSlash = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    return Pattern.compile(Glob.compile(withoutSlash, '/').pattern() + "(?:/.*)?");
  }

  /** Whether the host part fits. */
  public boolean matchesHost(RegistryHost registry) {
    return host.matcher(registry.value()).matches();
  }

  /** Whether both the host and the repository fit. */
  public boolean matches(RegistryHost registry, RepositoryName repository) {
    return matchesHost(registry)
        && repositoryStart.map(start -> start.matcher(repository.value()).matches()).orElse(true);
  }

  /** The one host it names, if it is no glob. */
  public Optional<RegistryHost> exactHost() {
    int slash = text.indexOf('/');
    return glob
        ? Optional.empty()
        : Optional.of(new RegistryHost(slash < 0 ? text : text.substring(0, slash)));
  }

  @Override
  public String toString() {
    return text;
  }
}
