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

  private record Key(String id, String secret, Optional<String> session, String arn) {}

  private record Refusal(int status, String code, String message) {}

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
    var refusal = refusal(request, service, action);
    return refusal
        .map(
            no ->
                Reply.text(
                    no.status(),
                    "application/x-amz-json-1.1",
                    "{\"__type\":\"%s\",\"message\":\"%s\"}".formatted(no.code(), no.message())))
        .orElseGet(answer);
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
    var token = RegistryGuard.basic("AWS", password).substring("Basic ".length());
    var end = issue("Basic " + token);
    return Reply.text(
        200,
        "application/x-amz-json-1.1",
        """
        {"authorizationData":[{"authorizationToken":"%s","expiresAt":%s,"proxyEndpoint":"https://%s.dkr.ecr.eu-west-1.amazonaws.com"}]}"""
            .formatted(token, end, ACCOUNT));
  }

  private Reply publicToken() {
    var token =
        Base64.getEncoder()
            .encodeToString(
                ("{\"payload\":\"canary-%d\"}".formatted(serial.incrementAndGet()))
                    .getBytes(StandardCharsets.UTF_8));
    var end = issue("Bearer " + token);
    return Reply.text(
        200,
        "application/x-amz-json-1.1",
        "{\"authorizationData\":{\"authorizationToken\":\"%s\",\"expiresAt\":%s}}"
            .formatted(token, end));
  }

  /** Tells the end as AWS does: seconds as a number with a decimal point. */
  private String issue(String authorization) {
    var end = clock.instant().plus(life);
    issued.put(authorization, end);
    return end.getEpochSecond() + ".0";
  }

  private Reply sts(RecordedRequest request) {
    if (isAction(request, "AssumeRoleWithWebIdentity")) {
      var role = request.formField("RoleArn").orElse("");
      var trusted =
          request.formField("WebIdentityToken").map(webIdentities::get).filter(role::equals);
      if (trusted.isEmpty()) {
        return stsError(
            new Refusal(
                403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"));
      }
      return session(role, "AssumeRoleWithWebIdentity");
    }
    var refusal = refusal(request, "sts", "sts:AssumeRole");
    if (refusal.isPresent()) {
      return stsError(refusal.get());
    }
    var role = request.formField("RoleArn").orElse("");
    if (!request.formField("ExternalId").orElse("").equals(roles.get(role))) {
      var caller = AwsSignature.of(request).map(one -> keys.get(one.accessKeyId())).orElseThrow();
      return stsError(
          new Refusal(
              403,
              "AccessDenied",
              "User: %s is not authorized to perform: sts:AssumeRole on resource: %s"
                  .formatted(caller.arn(), role)));
    }
    return session(role, "AssumeRole");
  }

  private Reply session(String role, String action) {
    var key = newSession(role);
    return Reply.text(
        200,
        "text/xml",
        """
        <%1$sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%1$sResult>
        <AssumedRoleUser><Arn>%2$s</Arn><AssumedRoleId>AROACANARY:entrepot</AssumedRoleId></AssumedRoleUser>
        <Credentials><AccessKeyId>%3$s</AccessKeyId><SecretAccessKey>%4$s</SecretAccessKey>
        <SessionToken>%5$s</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
        </%1$sResult></%1$sResponse>"""
            .formatted(action, key.arn(), key.id(), key.secret(), key.session().orElseThrow()));
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

  private static Reply stsError(Refusal no) {
    return Reply.text(
        no.status(),
        "text/xml",
        """
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
        <Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>"""
            .formatted(no.code(), no.message()));
  }

  private Reply metadata(RecordedRequest request) {
    return switch (request.path()) {
      case CONTAINER_PATH ->
          request
              .header("Authorization")
              .map(containers::get)
              .map(this::credentials)
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
              .map(this::credentials)
              .orElseGet(() -> Reply.of(401));
      default -> Reply.of(404);
    };
  }

  private Reply credentials(String role) {
    var key = newSession(role);
    return Reply.json(
        200,
        """
        {"AccessKeyId":"%s","SecretAccessKey":"%s","Token":"%s","Expiration":"2099-01-01T00:00:00Z"}"""
            .formatted(key.id(), key.secret(), key.session().orElseThrow()));
  }

  /** With an empty name: whether it has none. */
  private static boolean isAction(RecordedRequest request, String action) {
    return request.formField("Action").orElse("").equals(action);
  }
}
