package dev.entrepot.upstream;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.tls.UpstreamTlsProperties;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * One rule under {@code entrepot.upstreams}: which registries it speaks of and how they are
 * reached.
 *
 * @param match a host, a glob of hosts, or either with the start of a repository name
 * @param endpoints where the registry really is, tried in order; empty: {@code https://<host>}
 * @param parent whether the endpoints are mirrors that want the original name and {@code ?ns=}
 * @param allow globs of repositories that may be pulled; empty: all
 * @param deny globs of repositories that may not
 * @param realmHosts further hosts, or {@code host:port}, that may be shown the credential
 * @param privateNetwork whether matched hosts, realms and redirects may have private addresses
 * @param servedAs names of ours that mean this upstream
 * @param tagFreshness how long a tag's answer is good; absent: the cache's setting
 * @param proxy the egress proxy; absent: as the environment says
 */
public record UpstreamProperties(
    String match,
    @DefaultValue List<URI> endpoints,
    @DefaultValue("false") boolean parent,
    CredentialProperties credentials,
    @DefaultValue List<String> allow,
    @DefaultValue List<String> deny,
    @Nullable RewriteProperties rewrite,
    @DefaultValue UpstreamTlsProperties tls,
    @DefaultValue List<String> realmHosts,
    @DefaultValue("false") boolean privateNetwork,
    @DefaultValue List<String> servedAs,
    @Nullable Duration tagFreshness,
    @Nullable URI proxy) {

  @SuppressWarnings({"NullAway", "ConstantConditions"}) // the binder hands null for a missing key
  public UpstreamProperties {
    if (match == null || match.isBlank() || match.contains("://")) {
      throw new IllegalArgumentException(
          "entrepot.upstreams[].match is '%s'; name a registry such as 'ghcr.io' or '*.example.com', without a scheme."
              .formatted(match == null ? "" : match));
    }
    match = match.trim();
    credentials = credentials == null ? CredentialProperties.anonymous() : credentials;
    endpoints = List.copyOf(endpoints);
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    realmHosts = realmHosts.stream().map(host -> host.trim().toLowerCase(Locale.ROOT)).toList();
    servedAs = List.copyOf(servedAs);
    for (URI endpoint : endpoints) {
      checkUri(match, "endpoints", endpoint, "https://registry.example.com");
      if (endpoint.getRawUserInfo() != null) {
        throw bad(
            match, "endpoints", "***@" + endpoint.getHost(), "put the user under credentials");
      }
    }
    for (String host : realmHosts) {
      if (host.isEmpty() || host.contains("/") || host.contains("@")) {
        throw bad(match, "realm-hosts", host, "name hosts such as 'auth.example.com'");
      }
    }
    if (parent && endpoints.isEmpty()) {
      throw bad(match, "parent", "true", "name the mirror under endpoints");
    }
    if (tagFreshness != null && tagFreshness.isNegative()) {
      throw bad(match, "tag-freshness", tagFreshness.toString(), "choose a duration such as 60s");
    }
    proxy = proxy == null || proxy.toString().isBlank() ? null : proxy;
    if (proxy != null) {
      EgressProxy.check("entrepot.upstreams[].proxy of '" + match + "'", proxy);
    }
  }

  /** Whether upstream can tell us from anybody else, by a secret or by a client certificate. */
  public boolean hasCredential() {
    return !credentials.isAnonymous() || tls.clientCertificate() != null;
  }

  /** An anonymous rule with nothing but defaults. */
  public static UpstreamProperties anonymous(String match) {
    return of(match, List.of(), CredentialProperties.anonymous());
  }

  /** A rule with these endpoints and this credential and nothing but defaults else. */
  public static UpstreamProperties of(
      String match, List<URI> endpoints, CredentialProperties credentials) {
    return new UpstreamProperties(
        match,
        endpoints,
        false,
        credentials,
        List.of(),
        List.of(),
        null,
        UpstreamTlsProperties.system(),
        List.of(),
        false,
        List.of(),
        null,
        null);
  }

  /** The same rule with another credential. */
  UpstreamProperties with(CredentialProperties other) {
    return new UpstreamProperties(
        match,
        endpoints,
        parent,
        other,
        allow,
        deny,
        rewrite,
        tls,
        realmHosts,
        privateNetwork,
        servedAs,
        tagFreshness,
        proxy);
  }

  /** Without the proxy's password. */
  @Override
  public String toString() {
    return "UpstreamProperties[match=%s, endpoints=%s, credentials=%s]"
        .formatted(match, endpoints, credentials);
  }

  private static void checkUri(String match, String key, URI uri, String example) {
    String scheme = uri.getScheme();
    boolean web = "http".equals(scheme) || "https".equals(scheme);
    if (!web
        || uri.getHost() == null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw bad(match, key, uri.toString(), "write it like '" + example + "'");
    }
  }

  private static IllegalArgumentException bad(
      String match, String key, String value, String remedy) {
    return new IllegalArgumentException(
        "entrepot.upstreams[].%s of '%s' is '%s'; %s.".formatted(key, match, value, remedy));
  }
}
