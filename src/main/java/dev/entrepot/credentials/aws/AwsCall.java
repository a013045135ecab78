package dev.entrepot.credentials.aws;

import dev.entrepot.credentials.CredentialException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.springframework.core.NestedExceptionUtils;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/**
 * One call of AWS, and the sentence for its failure. What the SDK says itself is never shown: only
 * names that it contains and that have the form of names.
 *
 * @param api who is asked, such as "the ECR API of eu-west-1"
 * @param action the permission it takes
 * @param role what is to be assumed, if that is what the call does
 * @param accessKeyId who asks, if that is known
 */
record AwsCall(String api, String action, Optional<String> role, Optional<String> accessKeyId) {

  private static final Pattern PRINCIPAL =
      Pattern.compile("arn:[a-z0-9-]{1,20}:(?:iam|sts)::\\d{12}:[A-Za-z0-9+=,.@_/-]{1,200}");
  private static final Pattern ACTION =
      Pattern.compile("perform: ([a-z0-9-]{1,40}:[A-Za-z]{1,60})");
  private static final Pattern CODE = Pattern.compile("[A-Za-z][A-Za-z0-9.]{0,60}");
  private static final Pattern ACCESS_KEY_ID = Pattern.compile("[A-Z0-9]{16,32}");

  private static final Set<String> UNKNOWN_KEY =
      Set.of("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId");
  private static final Set<String> WRONG_SIGNATURE =
      Set.of("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature");
  private static final Set<String> EXPIRED =
      Set.of("ExpiredToken", "ExpiredTokenException", "RequestExpired");

  AwsCall {
    // Whatever was put in its place by mistake, a secret for one, is not shown.
    accessKeyId = accessKeyId.filter(id -> ACCESS_KEY_ID.matcher(id).matches());
  }

  /** The result of the call; its failures become a {@link CredentialException}. */
  <T> T result(Supplier<T> call) {
    try {
      return call.get();
    } catch (AwsServiceException e) {
      throw answered(e);
    } catch (SdkServiceException e) {
      throw answered(e.statusCode(), "");
    } catch (SdkException e) {
      throw e.getCause() instanceof SdkServiceException answer
          ? answered(answer.statusCode(), "")
          : unreachable(e);
    }
  }

  private CredentialException answered(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null || details.errorCode() == null ? "" : details.errorCode();
    String message =
        details == null || details.errorMessage() == null ? "" : details.errorMessage();
    if (e.isThrottlingException() || e.statusCode() == 429) {
      return CredentialException.unavailable("%s asks to call less often".formatted(api));
    }
    if (code.startsWith("AccessDenied")) {
      return CredentialException.denied(accessDenied(message));
    }
    if (UNKNOWN_KEY.contains(code)) {
      return CredentialException.denied("%s is not known to AWS".formatted(key()));
    }
    if (WRONG_SIGNATURE.contains(code)) {
      return CredentialException.denied(
          "the secret of %s is wrong, or this machine's clock is".formatted(key()));
    }
    if (EXPIRED.contains(code)) {
      return CredentialException.denied(
          accessKeyId.isEmpty() && role.isPresent()
              ? "the web identity token for role %s has expired".formatted(role.get())
              : "the session of %s has expired".formatted(key()));
    }
    // Without a code it was no AWS that answered; the other one AWS itself calls transient.
    return code.isEmpty() || code.equals("IDPCommunicationError")
        ? trouble(e.statusCode(), code)
        : answered(e.statusCode(), code);
  }

  private CredentialException answered(int status, String code) {
    boolean no = status >= 400 && status < 500 && status != 408 && status != 429;
    return no ? CredentialException.denied(told(status, code)) : trouble(status, code);
  }

  private CredentialException trouble(int status, String code) {
    return CredentialException.unavailable(told(status, code));
  }

  private String told(int status, String code) {
    return role.map(arn -> "asked for role %s, ".formatted(arn)).orElse("")
        + "%s answered %d".formatted(api, status)
        + (CODE.matcher(code).matches() ? " " + code : "");
  }

  private String accessDenied(String message) {
    Optional<String> principal =
        PRINCIPAL.matcher(message).results().map(MatchResult::group).findFirst();
    if (role.isPresent()) {
      return "role %s may not be assumed (%s)".formatted(role.get(), action)
          + principal.filter(one -> !role.get().equals(one)).map(one -> " by " + one).orElse("");
    }
    String refused =
        ACTION.matcher(message).results().map(found -> found.group(1)).findFirst().orElse(action);
    return "%s may not call %s".formatted(principal.orElseGet(this::key), refused);
  }

  private CredentialException unreachable(SdkException e) {
    Throwable cause = NestedExceptionUtils.getMostSpecificCause(e);
    Throwable telling = cause instanceof IOException ? cause : e;
    return CredentialException.unavailable(
        "%s cannot be reached (%s)".formatted(api, telling.getClass().getSimpleName()));
  }

  private String key() {
    return accessKeyId.map(id -> "the access key " + id).orElse("its AWS identity");
  }
}
