package dev.entrepot.upstream;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP proxy that the environment asks for, by target.
 *
 * @param https for https targets
 * @param http for http targets
 * @param except hosts, domains, networks ({@code 10.0.0.0/8}) or {@code *} reached directly
 */
public record EgressProxy(@Nullable URI https, @Nullable URI http, List<String> except) {

  public EgressProxy {
    except = List.copyOf(except);
  }

  /** No proxy at all. */
  public static EgressProxy none() {
    return new EgressProxy(null, null, List.of());
  }

  /**
   * Reads {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, of which lower case counts
   * first as in other tools.
   */
  public static EgressProxy from(Map<String, String> environment) {
    List<String> except =
        read(environment, "NO_PROXY").stream()
            .flatMap(list -> Arrays.stream(list.split("[,\\s]+", -1)))
            .map(entry -> entry.trim().toLowerCase(Locale.ROOT))
            .filter(entry -> !entry.isEmpty())
            .toList();
    return new EgressProxy(
        proxyIn(environment, "HTTPS_PROXY"), proxyIn(environment, "HTTP_PROXY"), except);
  }

  /** The proxy to reach this target through, if any. The own machine is always reached directly. */
  Optional<URI> forTarget(URI target) {
    String host = Hosts.of(target);
    boolean direct =
        Hosts.isLoopback(host) || except.stream().anyMatch(e -> covers(e, target, host));
    return direct
        ? Optional.empty()
        : Optional.ofNullable("https".equals(target.getScheme()) ? https : http);
  }

  /**
   * The same for clients of the platform's, which take no proxy's password.
   *
   * @param own the proxy that stands in for the environment's, if any
   */
  ProxySelector selector(@Nullable URI own) {
    EgressProxy chosen = own == null ? this : new EgressProxy(own, own, List.of());
    return new ProxySelector() {
      @Override
      public List<Proxy> select(URI target) {
        return List.of(chosen.forTarget(target).map(EgressProxy::address).orElse(Proxy.NO_PROXY));
      }

      @Override
      public void connectFailed(URI target, SocketAddress proxy, IOException failure) {
        // There is no other.
      }
    };
  }

  private static Proxy address(URI proxy) {
    int port = proxy.getPort() < 0 ? 80 : proxy.getPort();
    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port));
  }

  /** Fails with a message that does not show the proxy's password. */
  static void check(String key, URI proxy) {
    if (!"http".equals(proxy.getScheme()) || proxy.getHost() == null) {
      throw new IllegalArgumentException(
          "%s is '%s'; write it like 'http://proxy.example.com:3128'."
              .formatted(key, proxy.getScheme() + "://" + proxy.getHost()));
    }
  }

  /** Without the password it may contain. */
  @Override
  public String toString() {
    return "EgressProxy[https=%s, http=%s, except=%s]".formatted(shown(https), shown(http), except);
  }

  private static String shown(@Nullable URI proxy) {
    return proxy == null ? "none" : proxy.getHost() + ":" + proxy.getPort();
  }

  private static boolean covers(String entry, URI target, String host) {
    int slash = entry.indexOf('/');
    if (slash > 0) {
      return Networks.contains(entry, host);
    }
    String name = entry.startsWith("*.") ? entry.substring(1) : entry;
    if (name.equals("*") || name.equals(host) || name.equals(host + ":" + Hosts.port(target))) {
      return true;
    }
    boolean isAddress = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    return !isAddress && host.endsWith(name.startsWith(".") ? name : "." + name);
  }

  private static @Nullable URI proxyIn(Map<String, String> environment, String name) {
    Optional<String> value = read(environment, name);
    if (value.isEmpty()) {
      return null;
    }
    URI proxy;
    try {
      proxy = URI.create(value.get().contains("://") ? value.get() : "http://" + value.get());
    } catch (IllegalArgumentException _) {
      throw new IllegalArgumentException(
          name + " is no URL; write it like 'http://proxy.example.com:3128'.");
    }
    check(name, proxy);
    return proxy;
  }

  private static Optional<String> read(Map<String, String> environment, String name) {
    String lower = environment.get(name.toLowerCase(Locale.ROOT));
    return Optional.ofNullable(lower == null ? environment.get(name) : lower)
        .map(String::trim)
        .filter(value -> !value.isEmpty());
  }
}
