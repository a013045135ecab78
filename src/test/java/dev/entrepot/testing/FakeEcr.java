package dev.entrepot.testing;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The parts of AWS that registry tokens come from, all at one address: the APIs of ECR and ECR
 * Public, the security token service, and the credentials endpoints of containers and instances.
 * Signatures are checked against the secrets it knows. All secrets it makes contain "canary".
 */
public final class FakeEcr implements AutoCloseable {

  /** Whose registries these are. */
  public static final String ACCOUNT = "123456789012";

  private static final String USUAL_LIFE = "PT12H";
  private static final String CONTAINER_PATH = "/v1/credentials";
  private static final String INSTANCE_PATH = "/latest/meta-data/iam/security-credentials/";
  private static final String INSTANCE_TOKEN = "canary-instance-token";

  private final InstantSource clock;
  private final FakeServer server;
  private final Map<String, Key> keys = new ConcurrentHashMap<>();
  private final Map<String, String> roles = new ConcurrentHashMap<>();
  private final Map<String, String> webIdentities = new ConcurrentHashMap<>();
  private final Map<String, String> containers = new ConcurrentHashMap<>();
  private final Map<String, Instant> issued = new ConcurrentHashMap<>();
  private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
  private final AtomicInteger serial = new AtomicInteger();
  private volatile Optional<String> instanceRole = Optional.empty();
  private volatile Duration life = Duration.parse(USUAL_LIFE);

  private FakeEcr(InstantSource clock) {
    this.clock = clock;
    this.server = FakeServer.start(this::answer);
  }

  /** Starts an AWS that knows nobody. */
  public static FakeEcr start(InstantSource clock) {
    return new FakeEcr(clock);
  }

  /** One access key; a session has a token too. */
  record Key(String id, String secret, Optional<String> session, String arn) {}

  /** An error of an API. */
  record Refusal(int status, String code, String message) {}

  /** From now on knows this key; a key it knew before gets another secret. */
  public FakeEcr allow(String accessKeyId, String secret) {
    keys.put(
        accessKeyId,
        new Key(
            accessKeyId, secret, Optional.empty(), "arn:aws:iam::%s:user/ci".formatted(ACCOUNT)));
    return this;
  }

  /** Whoever is known may take on this role. */
  public FakeEcr role(String arn) {
    return role(arn, "");
  }

  /** Whoever is known and names this external id may take on this role. */
  public FakeEcr role(String arn, String externalId) {
    roles.put(arn, externalId);
    return this;
  }

  /** Whoever shows this token may take on this role. */
  public FakeEcr webIdentity(String token, String roleArn) {
    webIdentities.put(token, roleArn);
    return this;
  }

  /** The container that shows this token has this role. */
  public FakeEcr container(String token, String roleArn) {
    containers.put(token, roleArn);
    return this;
  }

  /** This machine is an instance with this role. */
  public FakeEcr instance(String roleArn) {
    instanceRole = Optional.of(roleArn);
    return this;
  }

  /** Tokens made from now on live so long; with a negative duration they have ended already. */
  public FakeEcr life(Duration other) {
    life = other;
    return this;
  }

  /** Refuses this action from now on, as a signed and known caller. */
  public FakeEcr refuse(String action, int status, String code, String message) {
    refusals.put(action, new Refusal(status, code, message));
    return this;
  }

  /** Refuses nothing any more. */
  public FakeEcr allowAll() {
    refusals.clear();
    return this;
  }

  /** Makes every token issued so far worthless. */
  public void revokeAll() {
    issued.clear();
  }

  /** Whether a registry would let in a request with this {@code Authorization}. */
  public boolean accepts(String authorization) {
    return Optional.ofNullable(issued.get(authorization))
        .filter(clock.instant()::isBefore)
        .isPresent();
  }

  /** Where all of it is. */
  public URI uri() {
    return server.uri();
  }

  /** Where a container finds its credentials. */
  public URI containerCredentials() {
    return server.uri().resolve(CONTAINER_PATH);
  }

  /** The faults to apply. */
  public ChaosRules chaos() {
    return server.chaos();
  }

  /** Every request so far. */
  public List<RecordedRequest> requests() {
    return server.log().all();
  }

  /** How many tokens of either kind were asked for. */
  public int tokenCalls() {
    return (int) requests().stream().filter(tokenCall()).count();
  }

  /** How often the security token service was asked for this. */
  public int stsCalls(String action) {
    return (int) requests().stream().filter(request -> isAction(request, action)).count();
  }

  /** Requests for tokens of either kind. */
  public static Predicate<RecordedRequest> tokenCall() {
    return request ->
        request
            .header("X-Amz-Target")
            .filter(name -> name.endsWith(".GetAuthorizationToken"))
            .isPresent();
  }

  /** The signature's region and service of each request for a token, such as "eu-west-1 ecr". */
  public List<String> tokenScopes() {
    return requests().stream()
        .filter(tokenCall())
        .flatMap(request -> AwsSignature.of(request).stream())
        .map(signature -> signature.region() + " " + signature.service())
        .toList();
  }

  @Override
  public void close() {
    server.close();
  }

  private Reply answer(RecordedRequest request) {
    return switch (request.header("X-Amz-Target").orElse("")) {
      case "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" ->
          json(request, "ecr", "ecr:GetAuthorizationToken", this::token);
      case "SpencerFrontendService.GetAuthorizationToken" ->
          json(request, "ecr-public", "ecr-public:GetAuthorizationToken", this::publicToken);
      case "" -> isAction(request, "") ? metadata(request) : sts(request);
      default -> Reply.of(404);
    };
  }

  private Reply json(
      RecordedRequest request, String service, String action, Supplier<Reply> answer) {
    return refusal(request, service, action).map(AwsAnswers::error).orElseGet(answer);
  }

  private Optional<Refusal> refusal(RecordedRequest request, String service, String action) {
    boolean isSts = service.equals("sts");
    var signature = AwsSignature.of(request).filter(one -> one.service().equals(service));
    var key = signature.map(one -> keys.get(one.accessKeyId()));
    if (key.isEmpty() || !request.header("X-Amz-Security-Token").equals(key.get().session())) {
      return Optional.of(
          new Refusal(
              isSts ? 403 : 400,
              isSts ? "InvalidClientTokenId" : "UnrecognizedClientException",
              "The security token included in the request is invalid."));
    }
    if (!signature.orElseThrow().isBy(key.get().secret(), request)) {
      return Optional.of(
          new Refusal(
              isSts ? 403 : 400,
              isSts ? "SignatureDoesNotMatch" : "InvalidSignatureException",
              "The request signature we calculated does not match the signature you provided."));
    }
    return Optional.ofNullable(refusals.get(action))
        .map(no -> new Refusal(no.status(), no.code(), no.message().formatted(key.get().arn())));
  }

  private Reply token() {
    var password = "canary-password-" + serial.incrementAndGet();
    var authorization = RegistryGuard.basic("AWS", password);
    var end = issue(authorization);
    return AwsAnswers.token(authorization.substring("Basic ".length()), end);
  }

  private Reply publicToken() {
    var payload = "{\"payload\":\"canary-%d\"}".formatted(serial.incrementAndGet());
    var token = Base64.getEncoder().encodeToString(payload.getBytes(StandardCharsets.UTF_8));
    var end = issue("Bearer " + token);
    return AwsAnswers.publicToken(token, end);
  }

  private Instant issue(String authorization) {
    var end = clock.instant().plus(life);
    issued.put(authorization, end);
    return end;
  }

  private Reply sts(RecordedRequest request) {
    if (isAction(request, "AssumeRoleWithWebIdentity")) {
      var role = request.formField("RoleArn").orElse("");
      var trusted =
          request.formField("WebIdentityToken").map(webIdentities::get).filter(role::equals);
      if (trusted.isEmpty()) {
        return AwsAnswers.stsError(
            new Refusal(
                403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"));
      }
      var no = refusals.get("sts:AssumeRoleWithWebIdentity");
      if (no != null) {
        return AwsAnswers.stsError(no);
      }
      return session(role, "AssumeRoleWithWebIdentity");
    }
    var refusal = refusal(request, "sts", "sts:AssumeRole");
    if (refusal.isPresent()) {
      return AwsAnswers.stsError(refusal.get());
    }
    var role = request.formField("RoleArn").orElse("");
    if (!request.formField("ExternalId").orElse("").equals(roles.get(role))) {
      var caller = AwsSignature.of(request).map(one -> keys.get(one.accessKeyId())).orElseThrow();
      return AwsAnswers.stsError(
          new Refusal(
              403,
              "AccessDenied",
              "User: %s is not authorized to perform: sts:AssumeRole on resource: %s"
                  .formatted(caller.arn(), role)));
    }
    return session(role, "AssumeRole");
  }

  private Reply session(String role, String action) {
    return AwsAnswers.session(action, newSession(role));
  }

  private Key newSession(String role) {
    int number = serial.incrementAndGet();
    var key =
        new Key(
            "ASIACANARY%08d".formatted(number),
            "canary-session-secret-" + number,
            Optional.of("canary-session-token-" + number),
            role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/entrepot");
    keys.put(key.id(), key);
    return key;
  }

  private Reply metadata(RecordedRequest request) {
    return switch (request.path()) {
      case CONTAINER_PATH ->
          request
              .header("Authorization")
              .map(containers::get)
              .map(role -> AwsAnswers.credentials(newSession(role)))
              .orElseGet(() -> Reply.json(403, "{\"message\":\"canary: no such container\"}"));
      case "/latest/api/token" -> Reply.text(200, "text/plain", INSTANCE_TOKEN);
      case INSTANCE_PATH -> Reply.text(200, "text/plain", "instance-role");
      case INSTANCE_PATH + "instance-role" ->
          instanceRole
              .filter(
                  _ ->
                      request
                          .header("X-aws-ec2-metadata-token")
                          .equals(Optional.of(INSTANCE_TOKEN)))
              .map(role -> AwsAnswers.credentials(newSession(role)))
              .orElseGet(() -> Reply.of(401));
      default -> Reply.of(404);
    };
  }

  /** With an empty name: whether it has none. */
  private static boolean isAction(RecordedRequest request, String action) {
    return request.formField("Action").orElse("").equals(action);
  }
}
