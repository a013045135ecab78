package dev.entrepot.testing;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.tls.UpstreamTlsProperties;
import dev.entrepot.upstream.UpstreamProperties;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's rule for a double: anonymous, and content with redirects and realms on this machine
 * until a method says otherwise.
 */
public final class TestRule {

  private final String match;
  private final List<URI> endpoints = new ArrayList<>();
  private CredentialProperties credentials = CredentialProperties.anonymous();
  private boolean parent;
  private List<String> realmHosts = List.of();
  private List<String> servedAs = List.of();
  private @Nullable Path ca;
  private @Nullable Duration tagFreshness;

  private TestRule(String match, URI endpoint) {
    this.match = match;
    this.endpoints.add(endpoint);
  }

  /** A rule for the registries that match, all of which are at the endpoint. */
  public static TestRule of(String match, URI endpoint) {
    return new TestRule(match, endpoint);
  }

  /** Where to ask if those before are in trouble. */
  public TestRule then(URI endpoint) {
    endpoints.add(endpoint);
    return this;
  }

  /** The endpoint is a mirror itself. */
  public TestRule parent() {
    parent = true;
    return this;
  }

  public TestRule basic(String username, String password) {
    return credentials(CredentialProperties.basic(username, password));
  }

  public TestRule credentials(CredentialProperties other) {
    credentials = other;
    return this;
  }

  /** Tokens come from there. */
  public TestRule tokensFrom(FakeTokenServer tokens) {
    realmHosts = List.of(tokens.authority());
    return this;
  }

  public TestRule servedAs(String name) {
    servedAs = List.of(name);
    return this;
  }

  /** Trusts this authority and not the system's. */
  public TestRule trusting(Path authority) {
    ca = authority;
    return this;
  }

  public TestRule tagFreshness(Duration freshness) {
    tagFreshness = freshness;
    return this;
  }

  /** The rule. */
  public UpstreamProperties build() {
    return new UpstreamProperties(
        match,
        List.copyOf(endpoints),
        parent,
        credentials,
        List.of(),
        List.of(),
        null,
        new UpstreamTlsProperties(ca, null, null, false),
        realmHosts,
        true,
        servedAs,
        tagFreshness,
        null);
  }
}
