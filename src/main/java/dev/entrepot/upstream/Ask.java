package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.route.Route;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What we want of a registry, whichever endpoint and credential will get it.
 *
 * @param kind manifest, blob, tags, referrers or ping, for the meters
 * @param what as it goes on after "tried to"
 * @param credentialType the rule's type of credential, for messages
 * @param path under {@code /v2/}
 * @param query without {@code ?}, empty for none
 * @param headers besides those that every request carries
 * @param follow whether redirects are followed
 * @param missing what an upstream's 404 means
 * @param validator of the content a part of which is asked for
 */
record Ask(
    String kind,
    String what,
    Route route,
    String credentialType,
    HttpMethod method,
    String path,
    String query,
    HttpHeaders headers,
    boolean follow,
    ErrorCode missing,
    Optional<Validator> validator) {

  /** The kind of what asks for no content. */
  static final String PING = "ping";

  /** A question that names nothing of a repository, as it goes on after "tried to". */
  static Ask ofRegistry(
      String kind, String what, Route route, String credentialType, ErrorCode missing) {
    return new Ask(
        kind,
        what,
        route,
        credentialType,
        HttpMethod.GET,
        "",
        "",
        OutboundRequest.newHeaders(),
        false,
        missing,
        Optional.empty());
  }

  /** Whether the registry alone is asked for. */
  boolean isPing() {
    return kind.equals(PING);
  }

  /** The same, but a 404 means this. */
  Ask missing(ErrorCode code) {
    return with(method, follow, code, validator);
  }

  /** The same, but with redirects followed or not. */
  Ask follow(boolean follows) {
    return with(method, follows, missing, validator);
  }

  /** The same, but all of the content if it is not what it was. */
  Ask onlyIf(Validator known) {
    return with(method, follow, missing, Optional.of(known));
  }

  /** The same, but by GET. */
  Ask byGet() {
    return with(HttpMethod.GET, follow, missing, validator);
  }

  private Ask with(
      HttpMethod how, boolean follows, ErrorCode ifMissing, Optional<Validator> known) {
    return new Ask(
        kind, what, route, credentialType, how, path, query, headers, follows, ifMissing, known);
  }

  /** The question that makes a registry show its challenge. */
  Ask ping() {
    return ofRegistry(PING, what, route, credentialType, missing);
  }

  /** The same for every request that needs this repository's token. */
  Ask forToken() {
    return ofRegistry(
        "token", "get a token for " + route.address(), route, credentialType, ErrorCode.DENIED);
  }

  /** What a token must allow for this; a ping names no repository. */
  List<String> scopes(AuthScheme.Bearer scheme) {
    return isPing() ? scheme.scopesWithoutRepository() : scheme.scopesFor(route.repository());
  }

  /** The same for every repository of this registry. */
  Ask forRegistry() {
    return new Ask(
        kind,
        "get a token for " + route.registry(),
        route,
        credentialType,
        method,
        path,
        query,
        headers,
        follow,
        missing,
        validator);
  }

  OutboundRequest request(Endpoint endpoint) {
    boolean bulk = kind.equals("blob") && method.equals(HttpMethod.GET);
    return OutboundRequest.of(kind, method, endpoint.uri(path, query), headers, bulk);
  }

  /** What the client is told when the rule's credential cannot be had or is not taken. */
  RegistryException credentialFailure(ErrorCode code, String why) {
    return new RegistryException(
        code,
        "tried to %s but %s rule '%s': %s".formatted(what, credentialType, route.rule(), why));
  }

  RegistryException failure(ErrorCode code, Object from, String why) {
    return failure(code, from, why, null, null);
  }

  RegistryException failure(
      ErrorCode code,
      Object from,
      String why,
      @Nullable Throwable cause,
      @Nullable Duration retryAfter) {
    return new RegistryException(
        code,
        "tried to %s from %s but %s (upstream rule '%s', credentials: %s)"
            .formatted(what, from, why, route.rule(), credentialType),
        cause,
        retryAfter);
  }
}
