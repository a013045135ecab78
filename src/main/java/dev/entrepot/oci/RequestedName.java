package dev.entrepot.oci;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The repository as a client's URL names it: a repository's name or a registry's host and one. A
 * mirror's client adds the namespace it means as {@code ?ns=}.
 *
 * @param namespace the {@code ns} parameter, decoded
 * @param path what stands between {@code /v2/} and the verb
 * @param hostFirst whether the path's shape leaves no doubt that its first segment is a host
 */
public record RequestedName(Optional<RegistryHost> namespace, String path, boolean hostFirst) {

  private static final Pattern WITH_PORT = Pattern.compile("(.+)[_:]([0-9]{1,5})");

  public RequestedName {
    boolean beginsWithHost =
        path.indexOf('/') >= 0
            && RepositoryName.isName(behindSlash(path))
            && asHost(path.substring(0, path.indexOf('/'))).isPresent();
    if (!beginsWithHost && (hostFirst || !RepositoryName.isName(path))) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "'" + Shown.of(path) + "' is no repository name");
    }
  }

  /**
   * The first segment read as a registry's host, if it can be one and a repository follows it. A
   * port is spelled {@code host_5000}, since a repository name holds no colon; {@code host:5000} is
   * understood too.
   */
  public Optional<RegistryHost> firstSegmentAsHost() {
    int slash = path.indexOf('/');
    return slash < 0 ? Optional.empty() : asHost(path.substring(0, slash));
  }

  static Optional<RegistryHost> asHost(String segment) {
    Matcher withPort = WITH_PORT.matcher(segment);
    try {
      return Optional.of(
          new RegistryHost(
              withPort.matches() ? withPort.group(1) + ":" + withPort.group(2) : segment));
    } catch (RegistryException _) {
      return Optional.empty();
    }
  }

  /** The path behind its first segment. */
  public String afterFirstSegment() {
    return behindSlash(path);
  }

  private static String behindSlash(String path) {
    return path.substring(path.indexOf('/') + 1);
  }

  @Override
  public String toString() {
    return namespace.map(host -> host + " " + path).orElse(path);
  }
}
