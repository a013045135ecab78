package dev.entrepot.testing;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Microsoft Entra's token endpoint, and the identity endpoints that Azure gives its machines
 * ({@code /metadata/identity/oauth2/token}) and services ({@code /msi/token}). Refuses in Entra's
 * words and, worse than Entra, repeats what was sent.
 */
public final class FakeEntra implements AutoCloseable {

  /** The tenant it serves. */
  public static final String TENANT = "11111111-2222-3333-4444-555555555555";

  private static final String SCOPE = "https://containerregistry.azure.net/.default";
  private static final String RESOURCE = "https://containerregistry.azure.net";

  private final InstantSource clock;
  private final FakeServer server = FakeServer.start(this::answer);
  private final Map<String, String> secrets = new ConcurrentHashMap<>();
  private final Map<String, String> assertions = new ConcurrentHashMap<>();
  private final Set<String> identities = ConcurrentHashMap.newKeySet();
  private final Map<String, Instant> issued = new ConcurrentHashMap<>();
  private final AtomicLong serial = new AtomicLong();
  private volatile Duration life = Duration.ofHours(1);
  private volatile String mark = "entra-token";
  private volatile String identityHeader = "";

  private FakeEntra(InstantSource clock) {
    this.clock = clock;
  }

  /** Starts an Entra that knows nobody. */
  public static FakeEntra start(InstantSource clock) {
    return new FakeEntra(clock);
  }

  /** Knows this application, with this secret instead of any before. */
  public FakeEntra allowSecret(String client, String secret) {
    secrets.put(client, secret);
    return this;
  }

  /** Knows this application, by this token of another platform instead of any before. */
  public FakeEntra allowAssertion(String client, String token) {
    assertions.put(client, token);
    return this;
  }

  /** The machine has this managed identity; {@code ""} is the one that needs no name. */
  public FakeEntra allowManaged(String client) {
    identities.add(client);
    return this;
  }

  /** The identity endpoint for services wants to see this header. */
  public FakeEntra identityHeader(String value) {
    identityHeader = value;
    return this;
  }

  /** From now on tokens live so long. */
  public FakeEntra living(Duration other) {
    life = other;
    return this;
  }

  /** From now on tokens have this text in them. */
  public FakeEntra marking(String text) {
    mark = text;
    return this;
  }

  /** Makes every token so far worthless. */
  public void revokeAll() {
    issued.clear();
  }

  /** Whether this is a token of ours that lives. */
  public boolean knows(String token) {
    return Optional.ofNullable(issued.get(token))
        .filter(end -> clock.instant().isBefore(end))
        .isPresent();
  }

  /** How many requests came so far. */
  public int calls() {
    return requests().size();
  }

  /** Every request so far. */
  public List<RecordedRequest> requests() {
    return server.log().all();
  }

  /** The log of requests, to wait on or to clear. */
  public RequestLog log() {
    return server.log();
  }

  /** The faults to apply. */
  public ChaosRules chaos() {
    return server.chaos();
  }

  /** The origin, with a slash at the end. */
  public URI uri() {
    return server.uri();
  }

  @Override
  public void close() {
    server.close();
  }

  private Reply answer(RecordedRequest request) {
    if (request.is("POST") && request.path().endsWith("/oauth2/v2.0/token")) {
      return application(request);
    }
    return switch (request.method() + " " + request.path()) {
      case "GET /metadata/identity/oauth2/token" -> managed(request, "Metadata", "true");
      case "GET /msi/token" -> managed(request, "X-IDENTITY-HEADER", identityHeader);
      default -> Reply.of(404);
    };
  }

  private Reply application(RecordedRequest request) {
    String client = request.formField("client_id").orElse("");
    if (!request.path().equals("/" + TENANT + "/oauth2/v2.0/token")) {
      return refusal(400, "invalid_request", 90002, request);
    }
    if (!field(request, "grant_type", "client_credentials") || !field(request, "scope", SCOPE)) {
      return refusal(400, "invalid_scope", 70011, request);
    }
    if (!secrets.containsKey(client) && !assertions.containsKey(client)) {
      return refusal(400, "unauthorized_client", 700016, request);
    }
    Optional<String> secret = request.formField("client_secret");
    if (secret.isPresent()) {
      return secret.get().equals(secrets.get(client))
          ? Reply.json(
              200,
              "{\"token_type\":\"Bearer\",\"expires_in\":%d,\"ext_expires_in\":%d,\"access_token\":\"%s\"}"
                  .formatted(life.toSeconds(), life.toSeconds(), issue()))
          : refusal(401, "invalid_client", 7000215, request);
    }
    boolean proven =
        field(
                request,
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            && field(request, "client_assertion", assertions.getOrDefault(client, ""));
    return proven
        ? Reply.json(
            200,
            "{\"token_type\":\"Bearer\",\"expires_in\":%d,\"access_token\":\"%s\"}"
                .formatted(life.toSeconds(), issue()))
        : refusal(401, "invalid_client", 700213, request);
  }

  private Reply managed(RecordedRequest request, String header, String value) {
    if (request.header(header).filter(value::equals).isEmpty()) {
      return Reply.json(400, "{\"error\":\"invalid_request\",\"error_description\":\"no header\"}");
    }
    boolean asked =
        request.parameter("resource").filter(RESOURCE::equals).isPresent()
            && request.parameter("api-version").isPresent();
    if (!asked || !identities.contains(request.parameter("client_id").orElse(""))) {
      return Reply.json(
          400, "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}");
    }
    // These endpoints write numbers as text, the one for services no expires_in.
    String end = "\"expires_on\":\"%d\"".formatted(clock.instant().plus(life).getEpochSecond());
    String left =
        header.equals("Metadata") ? "\"expires_in\":\"%d\",".formatted(life.toSeconds()) : "";
    return Reply.json(
        200,
        "{\"access_token\":\"%s\",%s%s,\"resource\":\"%s\",\"token_type\":\"Bearer\"}"
            .formatted(issue(), left, end, RESOURCE));
  }

  private String issue() {
    Instant end = clock.instant().plus(life);
    String token = FakeJwt.of(end, mark + "-" + serial.incrementAndGet());
    issued.put(token, end);
    return token;
  }

  private static boolean field(RecordedRequest request, String name, String value) {
    return request.formField(name).filter(value::equals).isPresent();
  }

  private static Reply refusal(int status, String code, int number, RecordedRequest request) {
    return Reply.json(
        status,
        "{\"error\":\"%s\",\"error_description\":\"AADSTS%d: You sent %s. Trace ID: 1-2\",\"error_codes\":[%d]}"
            .formatted(code, number, request.body(), number));
  }
}
