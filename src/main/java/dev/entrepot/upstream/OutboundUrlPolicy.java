package dev.entrepot.upstream;

import java.net.InetAddress;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The one judge of every URL a server hands us, and of every address a name leads to. It answers
 * with the complaint, or with nothing if the URL may be used.
 */
final class OutboundUrlPolicy {

  /** Token servers that big registries keep elsewhere, by the registry's own {@code host:port}. */
  private static final Map<String, Set<String>> KNOWN_REALMS =
      Map.of(
          "registry-1.docker.io:443",
          Set.of("auth.docker.io:443", "auth.ipv6.docker.com:443"),
          "registry.ipv6.docker.com:443",
          Set.of("auth.docker.io:443", "auth.ipv6.docker.com:443"),
          "registry.gitlab.com:443",
          Set.of("gitlab.com:443"),
          "registry.redhat.io:443",
          Set.of("sso.redhat.com:443"),
          "registry.connect.redhat.com:443",
          Set.of("sso.redhat.com:443"),
          "docker.elastic.co:443",
          Set.of("docker-auth.elastic.co:443"),
          "lscr.io:443",
          Set.of("ghcr.io:443"),
          "nvcr.io:443",
          Set.of("authn.nvidia.com:443"));

  private static final Set<String> METADATA_NAMES =
      Set.of(
          "metadata",
          "metadata.google.internal",
          "metadata.goog",
          "instance-data",
          "instance-data.ec2.internal");

  /** A last label of this shape makes resolvers read the host as a number, RFC 3986 or not. */
  private static final Pattern ENDS_IN_NUMBER =
      Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)");

  private final Set<String> writtenOut;
  private final Set<String> realmHosts;
  private final boolean privateNetwork;

  private OutboundUrlPolicy(
      Set<String> writtenOut, Set<String> realmHosts, boolean privateNetwork) {
    this.writtenOut = writtenOut;
    this.realmHosts = realmHosts;
    this.privateNetwork = privateNetwork;
  }

  /** The policy for one rule. A host the operator wrote out is meant, wherever it is. */
  static OutboundUrlPolicy of(UpstreamProperties rule) {
    Set<String> writtenOut = new HashSet<>();
    rule.endpoints().forEach(endpoint -> writtenOut.add(Hosts.authority(endpoint)));
    String host = rule.match().split("/", 2)[0].toLowerCase(Locale.ROOT);
    if (rule.endpoints().isEmpty() && !host.contains("*")) {
      writtenOut.add(withPort(host));
    }
    Set<String> realmHosts = new HashSet<>();
    rule.realmHosts().forEach(realm -> realmHosts.add(withPort(realm)));
    return new OutboundUrlPolicy(
        Set.copyOf(writtenOut), Set.copyOf(realmHosts), rule.privateNetwork());
  }

  /** May tokens be fetched here, for a challenge of this endpoint? */
  Optional<String> realmComplaint(URI realm, Endpoint endpoint, boolean withCredential) {
    Optional<String> complaint = complaint(realm, !endpoint.isHttps());
    if (complaint.isPresent()) {
      return complaint;
    }
    String authority = Hosts.authority(realm);
    String own = Hosts.authority(endpoint.base());
    boolean known =
        authority.equals(own)
            || realmHosts.contains(authority)
            || KNOWN_REALMS.getOrDefault(own, Set.of()).contains(authority);
    if (withCredential && !known) {
      return Optional.of(
          "is not a host that may see the credential; if it should, add it to realm-hosts");
    }
    return known ? Optional.empty() : portComplaint(realm, endpoint);
  }

  /** May a redirect from one URL to the other be followed? */
  Optional<String> redirectComplaint(URI from, URI target, Endpoint endpoint) {
    boolean plain = "http".equalsIgnoreCase(from.getScheme()) && !endpoint.isHttps();
    return complaint(target, plain).or(() -> portComplaint(target, endpoint));
  }

  /** May the next page be asked for with the query of this URL, named by the answer of another? */
  Optional<String> nextPageComplaint(URI next, URI page) {
    return complaint(next, "http".equalsIgnoreCase(page.getScheme()))
        .or(
            () ->
                new Endpoint(page).isOriginOf(next)
                    ? Optional.empty()
                    : Optional.of("is another host than the registry's"));
  }

  /** May the endpoint itself be asked? A pattern lets clients name hosts. */
  Optional<String> endpointComplaint(Endpoint endpoint) {
    return writtenOut.contains(Hosts.authority(endpoint.base()))
        ? Optional.empty()
        : hostComplaint(endpoint.base());
  }

  /** May this address be connected to under this name? */
  Optional<String> addressComplaint(String host, int port, InetAddress address) {
    if (Networks.isMetadata(address)) {
      return Optional.of("is a cloud's metadata service");
    }
    boolean free = privateNetwork || writtenOut.contains(Hosts.plain(host) + ":" + port);
    return free || Networks.isPublic(address)
        ? Optional.empty()
        : Optional.of(
            "is not a public address; if it should be reached, set private-network: true");
  }

  private Optional<String> complaint(URI uri, boolean httpAllowed) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !(scheme.equals("http") && httpAllowed)) {
      return Optional.of("is not https");
    }
    if (uri.isOpaque() || uri.getHost() == null) {
      return Optional.of("names no host that can be read without doubt");
    }
    if (uri.getRawUserInfo() != null || uri.getRawAuthority().contains("@")) {
      return Optional.of("carries a user");
    }
    if (uri.getRawFragment() != null) {
      return Optional.of("carries a fragment");
    }
    if (uri.getPort() == 0 || uri.getPort() > 65535) {
      return Optional.of("has no port that exists");
    }
    return hostComplaint(uri);
  }

  private Optional<String> hostComplaint(URI uri) {
    String host = Hosts.of(uri);
    if (host.endsWith(".")) {
      return Optional.of("names a host that ends in a dot");
    }
    if (METADATA_NAMES.contains(host)) {
      return Optional.of("is a cloud's metadata service");
    }
    Optional<InetAddress> literal = Networks.literal(host);
    if (literal.isPresent()) {
      return addressComplaint(host, Hosts.port(uri), literal.get());
    }
    if (ENDS_IN_NUMBER.matcher(host).matches()) {
      return Optional.of("writes an address in an unusual way");
    }
    boolean free = privateNetwork || writtenOut.contains(Hosts.authority(uri));
    return Hosts.isLoopback(host) && !free
        ? Optional.of("is this machine itself; if it should be reached, set private-network: true")
        : Optional.empty();
  }

  /** Other ports of public hosts are no business of a registry's. */
  private Optional<String> portComplaint(URI uri, Endpoint endpoint) {
    int port = Hosts.port(uri);
    boolean usual = List.of(443, 80, Hosts.port(endpoint.base())).contains(port);
    boolean listed =
        writtenOut.contains(Hosts.authority(uri)) || realmHosts.contains(Hosts.authority(uri));
    return usual || listed || privateNetwork
        ? Optional.empty()
        : Optional.of("has an unusual port; add the host:port to realm-hosts if it should be used");
  }

  private static String withPort(String host) {
    return host.matches(".*:[0-9]+") && !host.endsWith("]") ? host : host + ":443";
  }
}
