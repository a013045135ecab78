package dev.entrepot.credentials.google;

import dev.entrepot.credentials.CredentialException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Says in one sentence why there is no token. What the library says may hold secrets. */
final class Refusals {

  private static final String MAY_IMPERSONATE = "iam.serviceAccounts.getAccessToken";

  /** What the library says when an executable of ours gives no token. */
  private static final Set<String> EXECUTABLE =
      Set.of(
          "INVALID_EXECUTABLE_RESPONSE",
          "INVALID_OUTPUT_FILE",
          "INVALID_RESPONSE",
          "UNSUPPORTED_VERSION",
          "TIMEOUT_EXCEEDED",
          "EXIT_CODE",
          "INTERRUPTED");

  private Refusals() {}

  /** A key, or another configuration of this kind, got no token. */
  static CredentialException ofKey(KeyKind kind, String name, Exception failure) {
    Optional<RefusalException> refusal = find(RefusalException.class, failure);
    if (refusal.isPresent()) {
      return refusal.get().asked().getPath().endsWith(":generateAccessToken")
          ? ofImpersonation(name, ImpersonatedIdentity.accountIn(refusal.get().asked()), failure)
          : ofKey(kind, name, refusal.get());
    }
    return executable(name, failure).orElseGet(() -> trouble(name, failure));
  }

  private static CredentialException ofKey(KeyKind kind, String name, RefusalException refusal) {
    if (!refusal.isNo()) {
      return trouble(name, refusal);
    }
    String what =
        switch (kind) {
          case SERVICE_ACCOUNT, IMPERSONATED_SERVICE_ACCOUNT -> "its key was refused";
          case AUTHORIZED_USER -> "its login was refused";
          case EXTERNAL_ACCOUNT -> "its token was refused by " + refusal.asked().getHost();
        };
    return CredentialException.denied(
        "%s: %s (%s)%s".formatted(name, what, refusal.reason(), hint(kind, refusal)));
  }

  private static String hint(KeyKind kind, RefusalException refusal) {
    if (refusal.says("Invalid JWT Signature")) {
      return ", it was deleted or disabled";
    }
    if (refusal.says("account not found")) {
      return ", the service account does not exist";
    }
    if (refusal.says("reasonable timeframe")) {
      return ", this machine's clock is wrong";
    }
    return kind == KeyKind.AUTHORIZED_USER
        ? ", log in with 'gcloud auth application-default login'"
        : "";
  }

  /** One identity could not act as another. */
  static CredentialException ofImpersonation(String who, String account, Exception failure) {
    RefusalException refusal = find(RefusalException.class, failure).orElse(null);
    if (refusal == null || !refusal.isNo()) {
      return trouble(who + " acting as " + account, failure);
    }
    String sentence =
        switch (refusal.reason()) {
          case "PERMISSION_DENIED" ->
              "%s may not impersonate %s (%s)".formatted(who, account, MAY_IMPERSONATE);
          case "SERVICE_DISABLED" ->
              "%s cannot impersonate %s: the IAM Service Account Credentials API is disabled in the project (SERVICE_DISABLED)"
                  .formatted(who, account);
          case "NOT_FOUND" ->
              "%s cannot impersonate %s, which does not exist (NOT_FOUND)".formatted(who, account);
          default -> "%s cannot impersonate %s (%s)".formatted(who, account, refusal.reason());
        };
    return CredentialException.denied(sentence);
  }

  /** The metadata server gave no token. */
  static CredentialException ofMetadataServer(String host, Exception failure) {
    RefusalException refusal = find(RefusalException.class, failure).orElse(null);
    if (refusal == null) {
      return find(NoAnswerException.class, failure)
          .map(
              no ->
                  CredentialException.unavailable(
                      "there is no key-file, there are no application default credentials, and the metadata server "
                          + no.sentence()))
          .orElseGet(() -> trouble("the metadata server", failure));
    }
    if (refusal.says(MAY_IMPERSONATE)) {
      return CredentialException.denied(
          "the metadata server gives no token: the Kubernetes service account may not act as its Google service account (%s, role iam.workloadIdentityUser)"
              .formatted(MAY_IMPERSONATE));
    }
    return switch (refusal.status()) {
      case 200 -> CredentialException.unavailable(host + " answers, but is not a metadata server");
      case 404 ->
          CredentialException.denied(
              "the metadata server gives no token: no service account is bound (status 404)");
      case 503 ->
          CredentialException.unavailable(
              "the metadata server gives no token yet: it is starting or overloaded (status 503)");
      default ->
          CredentialException.unavailable(
              "the metadata server gives no token (%s)".formatted(refusal.reason()));
    };
  }

  private static Optional<CredentialException> executable(String name, Exception failure) {
    String said = String.valueOf(failure.getMessage());
    if (said.startsWith("Error code PLUGGABLE_AUTH_DISABLED")) {
      return Optional.of(
          CredentialException.denied(
              name
                  + ": its credential_source is an executable, which needs GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 in the environment"));
    }
    return EXECUTABLE.stream()
        .filter(code -> said.startsWith("Error code " + code))
        .findFirst()
        .map(
            code ->
                CredentialException.unavailable(
                    "%s: its executable gave no token (%s)".formatted(name, code)));
  }

  private static CredentialException trouble(String who, Exception failure) {
    String why =
        find(NoAnswerException.class, failure)
            .map(NoAnswerException::sentence)
            .or(() -> find(RefusalException.class, failure).map(Refusals::strange))
            .orElse("the answer to its request for a token cannot be used");
    return CredentialException.unavailable(who + ": " + why);
  }

  private static String strange(RefusalException refusal) {
    String host = String.valueOf(refusal.asked().getHost());
    return refusal.status() / 100 == 3
        ? host + " answers with a redirect, which is not followed"
        : "%s gives no token (%s)".formatted(host, refusal.reason());
  }

  private static <T extends Exception> Optional<T> find(Class<T> type, Throwable failure) {
    return Stream.<Throwable>iterate(failure, cause -> cause != null, Throwable::getCause)
        .limit(10)
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst();
  }
}
