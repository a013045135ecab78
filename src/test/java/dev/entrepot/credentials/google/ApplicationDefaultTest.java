package dev.entrepot.credentials.google;

import static dev.entrepot.credentials.google.TestGoogle.PULLER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeGoogle;
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

/** Whom tokens are made for when no key file is named. */
class ApplicationDefaultTest {

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
  void theEnvironmentsFileComesFirst() {
    // Given
    google.environment.put(
        "GOOGLE_APPLICATION_CREDENTIALS",
        google.write("adc.json", google.servers.keyOf(PULLER)).toString());
    google.write(fileName(google.login), google.servers.loginOf("someone"));
    google.servers.bindMachine("machine");
    // When
    google.using(null, null);
    // Then
    assertThat(google.holder()).isEqualTo(PULLER);
  }

  @Test
  void anEnvironmentThatNamesNoFileStopsTheStart() {
    // Given
    google.environment.put("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json");
    // Then
    assertThatThrownBy(() -> google.using(null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("GOOGLE_APPLICATION_CREDENTIALS is '/nowhere.json'");
  }

  @Test
  void aLoginComesBeforeTheMachine() {
    // Given
    google.write(fileName(google.login), google.servers.loginOf("someone"));
    google.servers.bindMachine("machine");
    // When
    google.using(null, null);
    // Then
    assertThat(google.holder()).isEqualTo("someone");
  }

  @Test
  void anEndedLoginSaysHowToLogIn() {
    // Given
    google.write(fileName(google.login), google.servers.loginOf("someone"));
    google.using(null, null);
    google.servers.endLogins();
    // Then
    assertThat(google.failure())
        .hasMessage(
            "gcloud's user: its login was refused (invalid_grant), log in with 'gcloud auth application-default login'")
        .satisfies(failure -> assertThat(failure.isDenied()).isTrue());
  }

  @Test
  void theMachinesIdentityIsTheLast() {
    // Given
    google.servers.bindMachine("machine");
    // When
    google.using(null, null);
    // Then
    assertThat(google.holder()).isEqualTo("machine");
    RecordedRequest request = google.servers.log().all().getFirst();
    assertThat(request.parameter("scopes"))
        .contains("https://www.googleapis.com/auth/cloud-platform");
  }

  @Test
  void aMetadataServerThatComesUpLateIsFound() {
    // Given
    google.servers.chaos().when(RequestMatch.any()).always(Fault.rstBeforeHead());
    google.using(null, null);
    assertThat(google.failure())
        .hasMessageContaining("there are no application default credentials")
        .hasMessageContaining("the metadata server metadata.google.internal gave no whole answer")
        .satisfies(failure -> assertThat(failure.isDenied()).isFalse());
    google.clock.advance(Duration.ofSeconds(2));
    google.failure();
    // When
    google.servers.chaos().clear();
    google.servers.bindMachine("machine");
    google.clock.advance(Duration.ofSeconds(2));
    // Then
    assertThat(google.holder()).isEqualTo("machine");
  }

  @Test
  void aLoginThatComesLaterIsFoundToo() {
    // Given
    google.using(null, null);
    assertThat(google.failure()).hasMessageContaining("no service account is bound");
    // When
    google.write(fileName(google.login), google.servers.loginOf("someone"));
    google.clock.advance(Duration.ofSeconds(6));
    // Then
    assertThat(google.holder()).isEqualTo("someone");
  }

  @Test
  void noServiceAccountIsSaid() {
    // Given
    google.using(null, null);
    // Then
    assertThat(google.failure())
        .hasMessage("the metadata server gives no token: no service account is bound (status 404)")
        .satisfies(failure -> assertThat(failure.isDenied()).isTrue());
  }

  @Test
  void aMetadataServerThatStartsIsSaid() {
    // Given
    google.servers.chaos().when(RequestMatch.any()).always(Fault.answer(503));
    google.using(null, null);
    // Then
    assertThat(google.failure())
        .hasMessage(
            "the metadata server gives no token yet: it is starting or overloaded (status 503)")
        .satisfies(failure -> assertThat(failure.isDenied()).isFalse());
  }

  @Test
  void somebodyElseInItsPlaceIsSaid() {
    // Given
    google.servers.chaos().when(RequestMatch.any()).always(Fault.withoutHeader("Metadata-Flavor"));
    google.servers.bindMachine("machine");
    google.using(null, null);
    // Then
    assertThat(google.failure())
        .hasMessage("metadata.google.internal answers, but is not a metadata server");
  }

  @Test
  void aMissingWorkloadIdentityUserIsSaid() {
    // Given
    google
        .servers
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.answer(
                Reply.text(
                    403,
                    "text/plain",
                    "Unable to generate access token; IAM returned 403 Forbidden: Permission"
                        + " 'iam.serviceAccounts.getAccessToken' denied on resource canary")));
    google.using(null, null);
    // Then
    assertThat(google.failure())
        .hasMessageContaining("may not act as its Google service account")
        .hasMessageContaining("iam.workloadIdentityUser")
        .satisfies(failure -> assertThat(failure.isDenied()).isTrue());
  }

  @Test
  void aTokenThatTheMetadataServerRepeatsIsAskedForAgainHalfwayThroughTheRest() {
    // Given
    google.servers.bindMachine("machine").repeating();
    google.using(null, null);
    String first = google.token();
    google.clock.advance(Duration.ofMinutes(54).plusSeconds(10));
    google.token();
    google.servers.log().await(2, "GET", FakeGoogle.METADATA);
    // When
    google.clock.advance(Duration.ofMinutes(2));
    assertThat(google.token()).isEqualTo(first);
    assertThat(google.servers.count(FakeGoogle.METADATA)).isEqualTo(2);
    google.clock.advance(Duration.ofMinutes(1));
    // Until the renewal before is over, nobody begins another.
    Await.until(
        "another renewal",
        () -> {
          assertThat(google.token()).isEqualTo(first);
          return google.servers.count(FakeGoogle.METADATA) == 3;
        });
    google.clock.advance(Duration.ofMinutes(3));
    // Then
    Await.until("the new token", () -> !google.token().equals(first));
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }
}
