package dev.entrepot.testing;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Decides whether a fake registry answers a request, and words the refusal in the chosen style. */
final class RegistryGuard {

  private final RegistryAuth auth;
  private final ChallengeStyle style;

  RegistryGuard(RegistryAuth auth, ChallengeStyle style) {
    this.auth = auth;
    this.style = style;
  }

  /** The refusal, or empty to let the request in; the repository is empty for a ping. */
  Optional<Reply> refusal(RecordedRequest request, String repository) {
    var presented = request.header("Authorization");
    var problem =
        switch (auth) {
          case RegistryAuth.Open() -> Optional.<String>empty();
          case RegistryAuth.Basic(String user, String password) ->
              unless(presented.filter(basic(user, password)::equals).isPresent());
          case RegistryAuth.Fixed(String token) ->
              unless(presented.filter(("Bearer " + token)::equals).isPresent());
          case RegistryAuth.Ecr(FakeEcr ecr) -> unless(presented.filter(ecr::accepts).isPresent());
          case RegistryAuth.Bearer(FakeTokenServer tokens) ->
              presented
                  .filter(header -> header.startsWith("Bearer "))
                  .map(header -> tokens.problemWith(header.substring(7), repository))
                  .orElse(Optional.of(""));
        };
    return problem.map(error -> refuse(repository, presented.isPresent(), error));
  }

  private static Optional<String> unless(boolean good) {
    return good ? Optional.empty() : Optional.of("");
  }

  static String basic(String user, String password) {
    var pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private Reply refuse(String repository, boolean presented, String error) {
    boolean ping = repository.isEmpty();
    return switch (style) {
      case USUAL -> unauthorized(List.of(usual(repository, presented ? error : "")));
      case BASIC_UPPER_CASE -> unauthorized(List.of("BASIC realm=\"Sonatype Nexus\""));
      case ECR_BASIC ->
          Reply.text(401, "text/plain; charset=utf-8", "Not Authorized\n")
              .with(
                  "WWW-Authenticate",
                  "Basic realm=\"https://1234.dkr.ecr.eu-west-2.amazonaws.com/\","
                      + "service=\"ecr.amazonaws.com\"");
      case BEARER_WITHOUT_SERVICE -> unauthorized(List.of("Bearer realm=\"" + realm() + "\""));
      case BEARER_WITHOUT_SCOPE -> unauthorized(List.of(bearer("", "")));
      case BEARER_UNQUOTED ->
          unauthorized(
              List.of("Bearer realm=" + realm() + ",service=" + service() + scope(repository, "")));
      case TWO_LINES -> unauthorized(List.of("Basic realm=\"both\"", bearer(repository, "")));
      case ONE_LINE -> unauthorized(List.of("Basic realm=\"both\", " + bearer(repository, "")));
      case NO_CHALLENGE -> unauthorized(List.of());
      case CHALLENGE_ON_PING_ONLY ->
          unauthorized(ping ? List.of(usual(repository, "")) : List.of());
      case ECR_PUBLIC ->
          presented
              ? Reply.error(400, "DENIED", "Your Authorization Token is invalid.")
              : unauthorized(
                  List.of(
                      "Bearer realm=\"%s\",service=\"%s\",scope=\"aws\""
                          .formatted(realm(), service())));
      case HARBOR ->
          unauthorized(List.of(presented ? "Basic realm=\"harbor\"" : bearer(repository, "")));
      case EXPIRED_DENIED ->
          Reply.error(
              403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.");
    };
  }

  private static Reply unauthorized(List<String> challenges) {
    var reply =
        Reply.error(401, "UNAUTHORIZED", "authentication required")
            .with("Docker-Distribution-Api-Version", "registry/2.0");
    for (var challenge : challenges) {
      reply = reply.plus("WWW-Authenticate", challenge);
    }
    return reply;
  }

  private String usual(String repository, String error) {
    return switch (auth) {
      case RegistryAuth.Basic _, RegistryAuth.Ecr _ -> "Basic realm=\"basic-realm\"";
      case RegistryAuth.Open _, RegistryAuth.Fixed _, RegistryAuth.Bearer _ ->
          bearer(repository, error);
    };
  }

  private String bearer(String repository, String error) {
    return "Bearer realm=\"%s\",service=\"%s\"".formatted(realm(), service())
        + scope(repository, "\"")
        + (error.isEmpty() ? "" : ",error=\"" + error + "\"");
  }

  private static String scope(String repository, String quote) {
    return repository.isEmpty()
        ? ""
        : ",scope=" + quote + "repository:" + repository + ":pull" + quote;
  }

  private String realm() {
    return auth instanceof RegistryAuth.Bearer(FakeTokenServer tokens)
        ? tokens.realm().toString()
        : "http://127.0.0.1:9/token";
  }

  private String service() {
    return auth instanceof RegistryAuth.Bearer(FakeTokenServer tokens)
        ? tokens.service()
        : "fake-registry";
  }
}
