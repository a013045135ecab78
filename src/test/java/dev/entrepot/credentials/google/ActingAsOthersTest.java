package dev.entrepot.credentials.google;

import static dev.entrepot.credentials.google.TestGoogle.PULLER;
import static dev.entrepot.credentials.google.TestGoogle.READER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.FakeServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RecordedRequest;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Impersonation, and identities of other providers. */
class ActingAsOthersTest {

  private static final String POOL =
      "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s";

  @TempDir private Path directory;
  private TestGoogle google;

  @BeforeEach
  void start() {
    google = new TestGoogle(directory);
  }

  @AfterEach
  void close() {
    google.close();
  }

  @Test
  void aKeyActsAsAnotherServiceAccount() {
    // Given
    google.servers.allowImpersonation(PULLER, READER);
    google.using(google.write("key.json", google.servers.keyOf(PULLER)), READER);
    // When / Then
    assertThat(google.holder()).isEqualTo(READER);
    RecordedRequest request = google.servers.log().all().getLast();
    assertThat(request.path())
        .isEqualTo("/v1/projects/-/serviceAccounts/" + READER + ":generateAccessToken");
    assertThat(request.body()).contains("cloud-platform").contains("3600s");
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(1);
  }

  @Test
  void shortTokensOfTheSourceAreMintedOnce() {
    // Given
    google.servers.allowImpersonation(PULLER, READER).lifetime(Duration.ofMinutes(2));
    google.using(google.write("key.json", google.servers.keyOf(PULLER)), READER);
    // Then
    assertThat(google.holder()).isEqualTo(READER);
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(1);
  }

  @Test
  void theMachineActsAsAServiceAccount() {
    // Given
    google.servers.bindMachine("machine").allowImpersonation("machine", READER);
    google.using(null, READER);
    // Then
    assertThat(google.holder()).isEqualTo(READER);
  }

  @Test
  void aMissingPermissionIsSaidAndSeenWhenItIsGiven() {
    // Given
    google.using(google.write("key.json", google.servers.keyOf(PULLER)), READER);
    assertThat(google.failure())
        .hasMessage(
            "service account "
                + PULLER
                + " may not impersonate "
                + READER
                + " (iam.serviceAccounts.getAccessToken)")
        .satisfies(failure -> assertThat(failure.isDenied()).isTrue());
    // When
    google.servers.allowImpersonation(PULLER, READER);
    google.clock.advance(Duration.ofSeconds(6));
    // Then
    assertThat(google.holder()).isEqualTo(READER);
  }

  @Test
  void aDisabledApiIsSaid() {
    // Given
    google
        .servers
        .chaos()
        .when(RequestMatch.post(FakeGoogle.IMPERSONATE))
        .always(
            Fault.answer(
                Reply.json(
                    403,
                    "{\"error\":{\"code\":403,\"message\":\"canary\",\"status\":\"PERMISSION_DENIED\",\"details\":[{\"reason\":\"SERVICE_DISABLED\"}]}}")));
    google.using(google.write("key.json", google.servers.keyOf(PULLER)), READER);
    // Then
    assertThat(google.failure()).hasMessageContaining("API is disabled in the project");
  }

  @Test
  void troubleOfTheSourceIsTheSources() {
    // Given
    google.using(google.write("key.json", google.servers.keyOf(PULLER)), READER);
    google.servers.deleteKeysOf(PULLER);
    // Then
    assertThat(google.failure())
        .hasMessageStartingWith("service account " + PULLER + ": its key was refused");
  }

  @Test
  void whatGcloudWritesForImpersonationIsRead() {
    // Given
    google.servers.allowImpersonation("someone", READER);
    google.using(
        google.write(
            "adc.json",
            """
            {"type":"impersonated_service_account","delegates":[],
             "service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:generateAccessToken",
             "source_credentials":%s}
            """
                .formatted(READER, google.servers.loginOf("someone"))),
        null);
    // Then
    assertThat(google.holder()).isEqualTo(READER);
  }

  @Test
  void whatToImpersonateIsAServiceAccount() {
    assertThatThrownBy(() -> new CredentialProperties.Google(null, "a/../b:c@d"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("credentials.impersonate");
  }

  @Test
  void aTokenFromAFileIsExchangedAndReadAgainEachTime() {
    // Given
    Path subject = google.write("subject", "canary-subject-1");
    google.servers.federate("canary-subject-1", "k8s").federate("canary-subject-2", "k8s again");
    google.using(google.write("wif.json", federated("{\"file\":\"" + subject + "\"}", "")), null);
    assertThat(google.holder()).isEqualTo("k8s");
    RecordedRequest request = google.servers.log().all().getLast();
    assertThat(request.formField("audience")).contains(POOL);
    assertThat(request.formField("scope"))
        .contains("https://www.googleapis.com/auth/cloud-platform");
    // When
    google.write("subject", "canary-subject-2");
    google.clock.advance(Duration.ofHours(1));
    // Then
    assertThat(google.holder()).isEqualTo("k8s again");
  }

  @Test
  void aFederatedIdentityActsAsTheServiceAccountItsFileNames() {
    // Given
    Path subject = google.write("subject", "canary-subject");
    google.servers.federate("canary-subject", "k8s").allowImpersonation("k8s", READER);
    Path file =
        google.write(
            "wif.json",
            federated(
                "{\"file\":\"" + subject + "\"}",
                ",\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:generateAccessToken\""
                    .formatted(READER)));
    google.using(file, null);
    // Then
    assertThat(google.holder()).isEqualTo(READER);
  }

  @Test
  void aFederatedIdentityThatMayNotActAsTheServiceAccountIsSaid() {
    // Given
    Path subject = google.write("subject", "canary-subject");
    google.servers.federate("canary-subject", "k8s");
    Path file =
        google.write(
            "wif.json",
            federated(
                "{\"file\":\"" + subject + "\"}",
                ",\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:generateAccessToken\""
                    .formatted(READER)));
    google.using(file, null);
    // Then
    assertThat(google.failure())
        .hasMessage(
            "external account of %s may not impersonate %s (iam.serviceAccounts.getAccessToken)"
                .formatted(POOL, READER));
  }

  @Test
  void aTokenFromAUrlIsExchanged() {
    // Given
    try (FakeServer provider =
        FakeServer.start(_ -> Reply.json(200, "{\"id\":\"canary-subject\"}"))) {
      google.servers.federate("canary-subject", "k8s");
      google.using(
          google.write(
              "wif.json",
              federated(
                  "{\"url\":\"%s\",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"id\"}}"
                      .formatted(provider.uri()),
                  "")),
          null);
      // Then
      assertThat(google.holder()).isEqualTo("k8s");
    }
  }

  @Test
  void aRefusedForeignTokenIsSaid() {
    // Given
    Path subject = google.write("subject", "canary-subject");
    google.using(google.write("wif.json", federated("{\"file\":\"" + subject + "\"}", "")), null);
    // Then
    assertThat(google.failure())
        .hasMessage(
            "external account of "
                + POOL
                + ": its token was refused by sts.googleapis.com (invalid_grant)")
        .satisfies(failure -> assertThat(failure.isDenied()).isTrue());
  }

  @Test
  void aMissingForeignTokenIsSaid() {
    // Given
    google.using(google.write("wif.json", federated("{\"file\":\"/nowhere\"}", "")), null);
    // Then
    assertThat(google.failure())
        .hasMessage(
            "external account of " + POOL + ": its subject token file '/nowhere' cannot be read");
  }

  @Test
  void anExecutableNeedsTheOperatorsWord() {
    // Given
    google.using(
        google.write(
            "wif.json",
            federated(
                "{\"executable\":{\"command\":\"/bin/echo canary\",\"timeout_millis\":5000}}", "")),
        null);
    // Then
    assertThat(google.failure())
        .hasMessageEndingWith(
            "needs GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 in the environment")
        .satisfies(failure -> assertThat(failure.isDenied()).isTrue());
  }

  private static String federated(String source, String more) {
    return """
    {"type":"external_account","audience":"%s","subject_token_type":"urn:ietf:params:oauth:token-type:jwt",
     "token_url":"https://sts.googleapis.com/v1/token","credential_source":%s%s}
    """
        .formatted(POOL, source, more);
  }
}
