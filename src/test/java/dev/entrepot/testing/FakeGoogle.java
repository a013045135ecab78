package dev.entrepot.testing;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Google's servers for access tokens in one: the OAuth token server, which verifies signature and
 * claims of what a key has signed, the security token service, the service account credentials API
 * and the metadata server. Words its refusals as Google does.
 */
public final class FakeGoogle implements AutoCloseable {

  /** Where a key's token is asked for, by path. */
  public static final String TOKEN = "/token";

  /** Where federated tokens are exchanged, by path. */
  public static final String STS = "/v1/token";

  /** Where the metadata server has tokens, by path. */
  public static final String METADATA = "/computeMetadata/v1/";

  /** Where one identity gets tokens of another, by the end of the path. */
  public static final String IMPERSONATE = ":generateAccessToken";

  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
  private static final String AUDIENCE = "https://oauth2.googleapis.com/token";
  private static final Duration TIMEFRAME = Duration.ofMinutes(10);
  private static final Pattern TARGET =
      Pattern.compile("/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final InstantSource clock;
  private final FakeServer server;
  private final Map<String, Signer> signers = new ConcurrentHashMap<>();
  private final Map<String, String> logins = new ConcurrentHashMap<>();
  private final Map<String, String> federated = new ConcurrentHashMap<>();
  private final Set<String> impersonations = ConcurrentHashMap.newKeySet();
  private final Map<String, Grant> issued = new ConcurrentHashMap<>();
  private final AtomicLong serial = new AtomicLong();
  private volatile Duration lifetime = Duration.ofHours(1);
  private volatile Optional<String> machine = Optional.empty();
  private volatile boolean repeating;
  private volatile String lastOfMachine = "";

  private FakeGoogle(InstantSource clock) {
    this.clock = clock;
    this.server = FakeServer.start(this::answer);
  }

  /** Starts servers that know nobody; tokens end by this clock. */
  public static FakeGoogle start(InstantSource clock) {
    return new FakeGoogle(clock);
  }

  /** A new key of a service account, as the JSON file that the console gives. */
  public String keyOf(String account) {
    KeyPair pair = newPair();
    String id = "key-" + serial.incrementAndGet();
    signers.put(id, new Signer(account, pair.getPublic()));
    return JSON.writerWithDefaultPrettyPrinter()
        .writeValueAsString(
            JSON.createObjectNode()
                .put("type", "service_account")
                .put("project_id", "acme")
                .put("private_key_id", id)
                .put("private_key", pem(pair.getPrivate()))
                .put("client_email", account)
                .put("client_id", "1234567890")
                .put("token_uri", at(TOKEN).toString()));
  }

  /** From now on no key of this account is known. */
  public void deleteKeysOf(String account) {
    signers.values().removeIf(signer -> signer.account().equals(account));
  }

  /** A login as gcloud keeps it. */
  public String loginOf(String user) {
    String refresh = "1//canary-refresh-" + serial.incrementAndGet();
    logins.put(refresh, user);
    return JSON.writeValueAsString(
        JSON.createObjectNode()
            .put("type", "authorized_user")
            .put("client_id", "client")
            .put("client_secret", "canary-client-secret")
            .put("refresh_token", refresh)
            .put("token_uri", at(TOKEN).toString()));
  }

  /** From now on no login is known. */
  public void endLogins() {
    logins.clear();
  }

  /** Whoever shows this token of another provider is this principal. */
  public FakeGoogle federate(String subjectToken, String principal) {
    federated.put(subjectToken, principal);
    return this;
  }

  /** Lets one identity act as a service account. */
  public FakeGoogle allowImpersonation(String caller, String account) {
    impersonations.add(caller + " as " + account);
    return this;
  }

  /** Binds a service account to the machine that asks the metadata server. */
  public FakeGoogle bindMachine(String account) {
    machine = Optional.of(account);
    return this;
  }

  /** From now on the metadata server repeats its last token while that lives. */
  public FakeGoogle repeating() {
    repeating = true;
    return this;
  }

  /** How long tokens live that are issued from now on. */
  public FakeGoogle lifetime(Duration other) {
    lifetime = other;
    return this;
  }

  /** Makes every token issued so far worthless. */
  public void revokeAll() {
    issued.clear();
  }

  /** Whose token this is, if it is one and lives. */
  public Optional<String> holderOf(String token) {
    return Optional.ofNullable(issued.get(token))
        .filter(grant -> clock.instant().isBefore(grant.end()))
        .map(Grant::identity);
  }

  /** All tokens that were issued, which nobody but a registry may see. */
  public Set<String> tokens() {
    return Set.copyOf(issued.keySet());
  }

  /** Where this is instead of at Google: other hosts stay what they are. */
  public URI route(URI asked) {
    boolean isGoogle =
        asked.getHost().endsWith(".googleapis.com")
            || asked.getHost().equals("metadata.google.internal");
    return isGoogle
        ? server
            .uri()
            .resolve(
                asked.getRawPath() + (asked.getRawQuery() == null ? "" : "?" + asked.getRawQuery()))
        : asked;
  }

  /** The URL of a path here. */
  public URI at(String path) {
    return server.uri().resolve(path);
  }

  /** {@code 127.0.0.1:port}, good as {@code GCE_METADATA_HOST}. */
  public String authority() {
    return server.authority();
  }

  /** How many requests came for this. */
  public long count(String path) {
    return server.log().all().stream().filter(request -> request.path().contains(path)).count();
  }

  /** The log of requests, to wait on or to clear. */
  public RequestLog log() {
    return server.log();
  }

  /** The faults to apply. */
  public ChaosRules chaos() {
    return server.chaos();
  }

  @Override
  public void close() {
    server.close();
  }

  private Reply answer(RecordedRequest request) {
    String path = request.path();
    Matcher target = TARGET.matcher(path);
    if (request.is("POST") && path.equals(TOKEN)) {
      return request.formField("grant_type").orElse("").equals("refresh_token")
          ? refreshed(request)
          : signed(request);
    }
    if (request.is("POST") && path.equals(STS)) {
      return exchanged(request);
    }
    if (request.is("POST") && target.matches()) {
      return impersonated(request, target.group(1));
    }
    return path.startsWith(METADATA + "instance/service-accounts/default/token")
        ? ofMachine(request)
        : Reply.of(404);
  }

  private Reply signed(RecordedRequest request) {
    String assertion = request.formField("assertion").orElse("");
    String[] parts = assertion.split("\\.", -1);
    if (parts.length != 3) {
      return oauthError("invalid_grant", "Invalid JWT: Failed audience check.");
    }
    JsonNode header = decoded(parts[0]);
    JsonNode claims = decoded(parts[1]);
    Signer signer = signers.get(header.path("kid").asString(""));
    if (signer == null || !isSignedBy(signer.key(), header, parts)) {
      return oauthError("invalid_grant", "Invalid JWT Signature.");
    }
    Duration age =
        Duration.between(Instant.ofEpochSecond(claims.path("iat").asLong()), Instant.now()).abs();
    long life = claims.path("exp").asLong() - claims.path("iat").asLong();
    if (age.compareTo(TIMEFRAME) > 0 || life > 3600 || life <= 0) {
      return oauthError(
          "invalid_grant",
          "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
              + " Check your iat and exp values in the JWT claim.");
    }
    boolean isForMe =
        claims.path("iss").asString("").equals(signer.account())
            && claims.path("aud").asString("").equals(AUDIENCE);
    if (!isForMe || !claims.path("scope").asString("").equals(SCOPE)) {
      return oauthError("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    }
    return granted(signer.account());
  }

  private static boolean isSignedBy(PublicKey key, JsonNode header, String[] parts) {
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initVerify(key);
      signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
      return header.path("alg").asString("").equals("RS256")
          && signature.verify(Base64.getUrlDecoder().decode(parts[2]));
    } catch (GeneralSecurityException broken) {
      throw new IllegalStateException("tried to verify a signature but could not", broken);
    }
  }

  private Reply refreshed(RecordedRequest request) {
    return request
        .formField("refresh_token")
        .map(logins::get)
        .map(this::granted)
        .orElseGet(() -> oauthError("invalid_grant", "Token has been expired or revoked."));
  }

  private Reply exchanged(RecordedRequest request) {
    String subject = request.formField("subject_token").orElse("").strip();
    String principal = federated.get(subject);
    if (principal == null) {
      return oauthError("invalid_grant", "The token " + subject + " is not one of the issuer's.");
    }
    return Reply.json(
        200,
        """
        {"access_token":"%s","issued_token_type":"urn:ietf:params:oauth:token-type:access_token",\
        "token_type":"Bearer","expires_in":%d}"""
            .formatted(issue(principal), lifetime.toSeconds()));
  }

  private Reply impersonated(RecordedRequest request, String account) {
    Optional<String> caller =
        request
            .header("Authorization")
            .filter(header -> header.startsWith("Bearer "))
            .flatMap(header -> holderOf(header.substring(7)));
    if (caller.isEmpty()) {
      return apiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    }
    if (!impersonations.contains(caller.get() + " as " + account)) {
      return apiError(
          403,
          "PERMISSION_DENIED",
          "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).");
    }
    return Reply.json(
        200,
        "{\"accessToken\":\"%s\",\"expireTime\":\"%s\"}"
            .formatted(issue(account), Instant.now().plus(lifetime)));
  }

  private Reply ofMachine(RecordedRequest request) {
    if (!request.headers("Metadata-Flavor").equals(List.of("Google"))) {
      return Reply.of(403);
    }
    if (machine.isEmpty()) {
      return Reply.of(404).with("Metadata-Flavor", "Google");
    }
    boolean again = repeating && holderOf(lastOfMachine).isPresent();
    String token = again ? lastOfMachine : issue(machine.get());
    lastOfMachine = token;
    Duration left =
        Optional.ofNullable(issued.get(token))
            .map(grant -> Duration.between(clock.instant(), grant.end()))
            .orElse(Duration.ZERO);
    return token(token, left).with("Metadata-Flavor", "Google");
  }

  private Reply granted(String identity) {
    return token(issue(identity), lifetime);
  }

  private static Reply token(String token, Duration left) {
    return Reply.json(
        200,
        "{\"access_token\":\"%s\",\"expires_in\":%d,\"token_type\":\"Bearer\"}"
            .formatted(token, left.toSeconds()));
  }

  private String issue(String identity) {
    String token = "ya29.canary-token-" + serial.incrementAndGet();
    issued.put(token, new Grant(identity, clock.instant().plus(lifetime)));
    return token;
  }

  private static Reply oauthError(String code, String description) {
    return Reply.json(
        400, "{\"error\":\"%s\",\"error_description\":\"%s\"}".formatted(code, description));
  }

  private static Reply apiError(int status, String code, String message) {
    return Reply.json(
        status,
        "{\"error\":{\"code\":%d,\"message\":\"%s\",\"status\":\"%s\"}}"
            .formatted(status, message, code));
  }

  private static JsonNode decoded(String part) {
    return JSON.readTree(Base64.getUrlDecoder().decode(part));
  }

  private static KeyPair newPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException broken) {
      throw new IllegalStateException("every Java platform has RSA", broken);
    }
  }

  private static String pem(PrivateKey key) {
    return "-----BEGIN PRIVATE KEY-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
        + "\n-----END PRIVATE KEY-----\n";
  }

  private record Signer(String account, PublicKey key) {}

  private record Grant(String identity, Instant end) {}
}
