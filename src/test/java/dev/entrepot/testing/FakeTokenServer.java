package dev.entrepot.testing;

import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A token service for registries: GET with Basic or nothing, POST with a refresh token or a
 * password.
 */
public final class FakeTokenServer implements AutoCloseable {

  private final InstantSource clock;
  private final FakeServer server;
  private final Map<String, String> passwords = new ConcurrentHashMap<>();
  private final Set<String> refreshTokens = ConcurrentHashMap.newKeySet();
  private final Map<String, TokenGrant> issued = new ConcurrentHashMap<>();
  private final AtomicLong serial = new AtomicLong();
  private volatile TokenShape shape = TokenShape.usual();
  private volatile TokenFormat format = TokenFormat.opaque();
  private volatile String service = "";
  private volatile boolean grantsNothing;
  private volatile boolean anonymous = true;

  private FakeTokenServer(InstantSource clock, Optional<SslContext> certificate) {
    this.clock = clock;
    this.server = FakeServer.start(this::answer, certificate);
  }

  /** Starts a server that gives tokens to everybody until {@link #allow} names someone. */
  public static FakeTokenServer start(InstantSource clock) {
    return new FakeTokenServer(clock, Optional.empty());
  }

  /** The same with TLS. */
  public static FakeTokenServer start(InstantSource clock, SslContext certificate) {
    return new FakeTokenServer(clock, Optional.of(certificate));
  }

  /** From now on only named users (and refresh tokens) get tokens; adds this one. */
  public FakeTokenServer allow(String user, String password) {
    anonymous = false;
    passwords.put(user, password);
    return this;
  }

  /** From now on only named users and refresh tokens get tokens; adds this one. */
  public FakeTokenServer allowRefreshToken(String token) {
    anonymous = false;
    refreshTokens.add(token);
    return this;
  }

  /** Named users keep working, and whoever sends no credentials gets tokens too. */
  public FakeTokenServer allowAnonymous() {
    anonymous = true;
    return this;
  }

  /** From now on writes its answers this way. */
  public FakeTokenServer shape(TokenShape other) {
    shape = other;
    return this;
  }

  /** From now on writes its tokens this way. */
  public FakeTokenServer format(TokenFormat other) {
    format = other;
    return this;
  }

  /** From now on its registries have this service name; for any other a token grants nothing. */
  public FakeTokenServer serving(String name) {
    service = name;
    return this;
  }

  /** From now on answers 200 with tokens that grant nothing. */
  public FakeTokenServer grantingNothing() {
    grantsNothing = true;
    return this;
  }

  /** Makes every token issued so far worthless. */
  public void revokeAll() {
    issued.clear();
  }

  /** Where to ask for a token. */
  public URI realm() {
    return server.uri().resolve("token");
  }

  /** The service name that its registries put into challenges. */
  public String service() {
    return service.isEmpty() ? "fake-registry" : service;
  }

  /** The faults to apply. */
  public ChaosRules chaos() {
    return server.chaos();
  }

  /** Every request so far. */
  public List<RecordedRequest> requests() {
    return server.log().all();
  }

  /** The log of requests, to wait on or to clear. */
  public RequestLog log() {
    return server.log();
  }

  /** How many requests came so far. */
  public int calls() {
    return requests().size();
  }

  public int port() {
    return server.port();
  }

  /** {@code 127.0.0.1:port}. */
  public String authority() {
    return server.authority();
  }

  /** Issues a token with these scopes to the test itself, past all credentials and faults. */
  public String mint(String... scopes) {
    var now = clock.instant();
    return issue(new TokenGrant("test", service(), List.of(scopes), now, now.plus(shape.life())));
  }

  /** Why a token does not open a repository, as RFC 6750 names it; empty when it does. */
  Optional<String> problemWith(String token, String repository) {
    var grant = issued.get(token);
    if (grant == null || !clock.instant().isBefore(grant.expires())) {
      return Optional.of("invalid_token");
    }
    return grant.allowsPull(repository) ? Optional.empty() : Optional.of("insufficient_scope");
  }

  @Override
  public void close() {
    server.close();
  }

  private Reply answer(RecordedRequest request) {
    return switch (request.method()) {
      case "GET" ->
          caller(request)
              .map(user -> grant(request, user, request.parameters("scope")))
              .orElseGet(FakeTokenServer::refused);
      case "POST" ->
          formCaller(request)
              .map(user -> grant(request, user, request.formField("scope").stream().toList()))
              .orElseGet(FakeTokenServer::refused);
      default -> Reply.of(405);
    };
  }

  private static Reply refused() {
    return Reply.json(401, "{\"details\":\"incorrect username or password\"}\n")
        .with("WWW-Authenticate", "Basic realm=\"token\"");
  }

  private Optional<String> caller(RecordedRequest request) {
    var header = request.header("Authorization");
    if (header.isEmpty()) {
      return anonymous ? Optional.of("") : Optional.empty();
    }
    if (passwords.isEmpty() && refreshTokens.isEmpty()) {
      return Optional.of("anybody");
    }
    return passwords.entrySet().stream()
        .filter(one -> RegistryGuard.basic(one.getKey(), one.getValue()).equals(header.get()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private Optional<String> formCaller(RecordedRequest request) {
    return switch (request.formField("grant_type").orElse("")) {
      case "refresh_token" ->
          request
              .formField("refresh_token")
              .filter(refreshTokens::contains)
              .map(_ -> "refresh-token");
      case "password" -> {
        var user = request.formField("username").orElse("");
        var password = request.formField("password").orElse("");
        yield password.equals(passwords.get(user)) ? Optional.of(user) : Optional.empty();
      }
      default -> Optional.empty();
    };
  }

  private Reply grant(RecordedRequest request, String user, List<String> scopes) {
    var now = clock.instant();
    var audience =
        request.parameter("service").or(() -> request.formField("service")).orElse(service());
    boolean known = service.isEmpty() || audience.equals(service);
    var entries =
        scopes.stream()
            .flatMap(scope -> Stream.of(scope.split(" ")))
            .filter(scope -> known && !grantsNothing && !scope.isEmpty())
            .toList();
    var grant = new TokenGrant(user, audience, entries, now, now.plus(shape.life()));
    return Reply.json(200, shape.json(issue(grant), issue(grant), now))
        .with("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(now.atOffset(ZoneOffset.UTC)));
  }

  private String issue(TokenGrant grant) {
    var token = format.encode(grant, serial.incrementAndGet());
    issued.put(token, grant);
    return token;
  }
}
