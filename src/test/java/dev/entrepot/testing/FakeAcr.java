package dev.entrepot.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What makes a fake registry an Azure Container Registry: it exchanges tokens of an Entra for
 * refresh tokens and those for access tokens, both of which say only as JWTs when they end.
 */
public final class FakeAcr {

  private static final Duration REFRESH_LIFE = Duration.ofHours(3);
  private static final Duration ACCESS_LIFE = Duration.ofMinutes(75);

  private final FakeRegistry registry;
  private final FakeEntra entra;
  private final InstantSource clock;
  private final Map<String, Instant> refreshTokens = new ConcurrentHashMap<>();
  private final Map<String, TokenGrant> accessTokens = new ConcurrentHashMap<>();
  private final AtomicLong serial = new AtomicLong();
  private volatile String mark = "acr";
  private volatile String realm;
  private volatile String service;
  private volatile boolean grantsNothing;
  private volatile boolean bareRefusals;

  private FakeAcr(FakeRegistry registry, FakeEntra entra, InstantSource clock) {
    this.registry = registry;
    this.entra = entra;
    this.clock = clock;
    this.realm = registry.uri() + "oauth2/token";
    this.service = registry.authority();
  }

  /** From now on this registry lets in only who comes by way of this Entra. */
  public static FakeAcr of(FakeRegistry registry, FakeEntra entra, InstantSource clock) {
    FakeAcr acr = new FakeAcr(registry, entra, clock);
    registry.answeringFirst(acr::answer);
    return acr;
  }

  /** From now on its challenges name this realm. */
  public FakeAcr realm(String url) {
    realm = url;
    return this;
  }

  /** From now on its challenges name this service; it keeps the one it is. */
  public FakeAcr claimingService(String other) {
    service = other;
    return this;
  }

  /** From now on its tokens have this text in them. */
  public FakeAcr marking(String text) {
    mark = text;
    return this;
  }

  /** From now on tokens open no repository. */
  public FakeAcr grantingNothing() {
    grantsNothing = true;
    return this;
  }

  /** From now on only a ping is answered with a challenge. */
  public FakeAcr challengingPingsOnly() {
    bareRefusals = true;
    return this;
  }

  /** Makes every refresh token so far worthless. */
  public void revokeRefreshTokens() {
    refreshTokens.clear();
  }

  /** Makes every access token so far worthless. */
  public void revokeAccessTokens() {
    accessTokens.clear();
  }

  /** How many Entra tokens were shown so far. */
  public long exchanges() {
    return registry.count("POST", "/oauth2/exchange");
  }

  /** How many access tokens were asked for so far. */
  public long tokenRequests() {
    return registry.count("POST", "/oauth2/token");
  }

  private Optional<Reply> answer(RecordedRequest request) {
    return switch (request.method() + " " + request.path()) {
      case "POST /oauth2/exchange" -> Optional.of(exchange(request));
      case "POST /oauth2/token" -> Optional.of(token(request));
      default -> guard(request);
    };
  }

  private Reply exchange(RecordedRequest request) {
    // The kubelet's plugin still sends the older name.
    boolean grant =
        request
            .formField("grant_type")
            .filter(List.of("access_token", "access_token_refresh_token")::contains)
            .isPresent();
    if (!grant || !isForUs(request)) {
      return Reply.error(400, "UNSUPPORTED", "bad exchange");
    }
    if (request.formField("access_token").filter(entra::knows).isEmpty()) {
      return Reply.error(401, "UNAUTHORIZED", "authentication required, you sent a bad token");
    }
    Instant end = clock.instant().plus(REFRESH_LIFE);
    String token = FakeJwt.of(end, mark + "-refresh-" + serial.incrementAndGet());
    refreshTokens.put(token, end);
    return Reply.json(200, "{\"refresh_token\":\"" + token + "\"}");
  }

  private Reply token(RecordedRequest request) {
    if (request.formField("grant_type").filter("refresh_token"::equals).isEmpty()
        || !isForUs(request)) {
      return Reply.error(400, "UNSUPPORTED", "bad token request");
    }
    Instant now = clock.instant();
    boolean good =
        request
            .formField("refresh_token")
            .map(refreshTokens::get)
            .filter(now::isBefore)
            .isPresent();
    if (!good) {
      return Reply.error(401, "UNAUTHORIZED", "authentication required");
    }
    Instant end = now.plus(ACCESS_LIFE);
    String token = FakeJwt.of(end, mark + "-access-" + serial.incrementAndGet());
    List<String> scopes =
        grantsNothing ? List.of() : List.of(request.formField("scope").orElse("").split(" ", -1));
    accessTokens.put(token, new TokenGrant("entra", service, scopes, now, end));
    return Reply.json(200, "{\"access_token\":\"" + token + "\"}");
  }

  private boolean isForUs(RecordedRequest request) {
    return request.formField("service").filter(registry.authority()::equals).isPresent();
  }

  private Optional<Reply> guard(RecordedRequest request) {
    String[] parts = request.path().split("/(?:manifests|blobs|tags|referrers)/", 2);
    String repository = parts.length < 2 ? "" : parts[0].substring("/v2/".length());
    Optional<TokenGrant> grant =
        request
            .header("Authorization")
            .filter(header -> header.startsWith("Bearer "))
            .map(header -> accessTokens.get(header.substring(7)))
            .filter(known -> clock.instant().isBefore(known.expires()));
    if (grant.filter(known -> known.allowsPull(repository)).isPresent()) {
      return Optional.empty();
    }
    if (bareRefusals && !repository.isEmpty()) {
      return Optional.of(Reply.error(401, "UNAUTHORIZED", "authentication required"));
    }
    String error =
        request.header("Authorization").isEmpty()
            ? ""
            : ",error=\"" + (grant.isEmpty() ? "invalid_token" : "insufficient_scope") + "\"";
    String scope =
        repository.isEmpty() ? "registry:catalog:*" : "repository:" + repository + ":pull";
    return Optional.of(
        Reply.error(401, "UNAUTHORIZED", "authentication required")
            .with(
                "WWW-Authenticate",
                "Bearer realm=\"%s\",service=\"%s\",scope=\"%s\"%s"
                    .formatted(realm, service, scope, error)));
  }
}
