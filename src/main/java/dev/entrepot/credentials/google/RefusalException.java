package dev.entrepot.credentials.google;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An answer other than the one asked for. Keeps of its body only words that Google is known to use,
 * for the rest may repeat what was sent.
 */
final class RefusalException extends IOException {

  private static final long serialVersionUID = 1L;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** They say that there is trouble, whatever the status. */
  private static final Set<String> TROUBLE =
      Set.of(
          "temporarily_unavailable",
          "server_error",
          "internal_failure",
          "RESOURCE_EXHAUSTED",
          "UNAVAILABLE",
          "INTERNAL",
          "ABORTED",
          "DEADLINE_EXCEEDED");

  private static final Set<String> NO =
      Set.of(
          "invalid_grant",
          "invalid_client",
          "invalid_request",
          "invalid_scope",
          "invalid_target",
          "unauthorized_client",
          "unsupported_grant_type",
          "access_denied",
          "admin_policy_enforced",
          "org_internal",
          "deleted_client",
          "disabled_client",
          "SERVICE_DISABLED",
          "PERMISSION_DENIED",
          "UNAUTHENTICATED",
          "NOT_FOUND",
          "INVALID_ARGUMENT",
          "FAILED_PRECONDITION");

  private final URI asked;
  private final int status;
  private final String code;
  private final String said;

  RefusalException(URI asked, int status, byte[] body) {
    super("status " + status);
    JsonNode answer = read(body);
    this.asked = asked;
    this.status = status;
    this.code = codeIn(answer);
    this.said = said(answer, body);
  }

  URI asked() {
    return asked;
  }

  int status() {
    return status;
  }

  /** A known word for the reason. */
  Optional<String> code() {
    return Optional.of(code).filter(word -> !word.isEmpty());
  }

  /** Whether the answer's explanation contains this. */
  boolean says(String words) {
    return said.contains(words);
  }

  /** Whether it is a no, and not trouble or somebody else's answer. */
  boolean isNo() {
    return NO.contains(code) && status < 500 && status != 429;
  }

  /** The code, or else the status. */
  String reason() {
    return code().orElse("status " + status);
  }

  private static JsonNode read(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (JacksonException _) {
      return JSON.missingNode();
    }
  }

  private static String codeIn(JsonNode answer) {
    JsonNode error = answer.path("error");
    return Stream.concat(
            error.path("details").valueStream().map(detail -> detail.path("reason")),
            Stream.of(error, error.path("status")))
        .filter(JsonNode::isString)
        .map(JsonNode::stringValue)
        .filter(word -> NO.contains(word) || TROUBLE.contains(word))
        .findFirst()
        .orElse("");
  }

  /** Only compared with what is known, never shown. */
  private static String said(JsonNode answer, byte[] body) {
    String description = answer.path("error_description").asString("");
    String message = answer.path("error").path("message").asString("");
    return answer.isObject() ? description + message : new String(body, StandardCharsets.UTF_8);
  }
}
