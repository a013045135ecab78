package dev.entrepot.upstream;

import dev.entrepot.oci.Challenge;
import dev.entrepot.oci.ErrorCode;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * An answer that is no success, with the start of its body.
 *
 * @param foreign whether another host than the registry's gave it
 */
record Refusal(int status, HttpHeaders headers, boolean foreign, String text) {

  private static final int EXCERPT = 64 * 1024;
  private static final Pattern CODE = Pattern.compile("\"code\"\\s*:\\s*\"([A-Z_]{1,40})\"");

  /** Reads what the answer says and ends it. */
  static Mono<Refusal> of(UpstreamAnswer answer) {
    return answer
        .excerpt(EXCERPT)
        .map(
            body ->
                new Refusal(
                    answer.status(),
                    answer.headers(),
                    answer.foreign(),
                    new String(body, StandardCharsets.UTF_8)));
  }

  /** The first error code of the specification's error body. Nothing else of it is ever shown. */
  Optional<String> code() {
    Matcher matcher = CODE.matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  List<Challenge> challenges() {
    return Challenge.parse(headers.getAll("WWW-Authenticate"));
  }

  List<Challenge> bearerChallenges() {
    return challenges().stream().filter(c -> c.scheme().equals("bearer")).toList();
  }

  /** Whether it took the token as such, but wants one that grants more. */
  boolean isScopeTooSmall() {
    return bearerChallenges().stream()
        .anyMatch(c -> c.parameter("error").filter("insufficient_scope"::equals).isPresent());
  }

  /**
   * Whether it says that what we presented is no good. Some registries say so with other statuses
   * than 401: ECR Public with 400 {@code DENIED}, ECR with 403 and a word of expiry.
   */
  boolean refusesAuthorization(boolean presented) {
    if (foreign) {
      return false;
    }
    boolean expired = text.toLowerCase(Locale.ROOT).contains("expired");
    return switch (status) {
      case 401 -> true;
      case 400 -> presented && code().filter("DENIED"::equals).isPresent();
      case 403 -> presented && expired;
      default -> false;
    };
  }

  /** What to tell the client, or that the endpoint is in trouble. */
  RuntimeException explain(Ask ask, Endpoint endpoint, InstantSource clock) {
    String host = foreign ? "the host that " + endpoint + " redirected to" : endpoint.toString();
    String why = "it answered " + status + code().map(code -> " (" + code + ")").orElse("");
    return switch (status) {
      case 429 -> {
        @Nullable Throwable cause = foreign ? new BusyElsewhereException() : null;
        Optional<Duration> wait = RetryAfter.read(headers, clock);
        yield ask.failure(ErrorCode.UPSTREAM_BUSY, host, why, cause, wait.orElse(null));
      }
      // A registry's policy may refuse with 412 (Harbor) or 451. From a foreign host it is an
      // expired signature, or a wish for a credential that it will not get.
      case 401, 403, 412, 451 ->
          ask.failure(foreign ? ErrorCode.UPSTREAM_INVALID : ErrorCode.DENIED, host, why);
      case 404 -> ask.failure(missing(ask), host, why);
      default ->
          status >= 500 || status == 408
              ? TroubleException.of(trouble(), ErrorCode.UPSTREAM_INVALID, ask, host, why, null)
                  .at(foreign ? Whereabouts.Place.ELSEWHERE : Whereabouts.Place.ENDPOINT)
              : ask.failure(ErrorCode.UPSTREAM_INVALID, host, why);
    };
  }

  private TroubleException.Kind trouble() {
    return switch (status) {
      // 408 is what an idle connection is closed with.
      case 408, 502, 503, 504 -> TroubleException.Kind.PASSING;
      default -> TroubleException.Kind.FAULTY;
    };
  }

  private ErrorCode missing(Ask ask) {
    return code().filter("NAME_UNKNOWN"::equals).isPresent()
        ? ErrorCode.NAME_UNKNOWN
        : ask.missing();
  }
}
