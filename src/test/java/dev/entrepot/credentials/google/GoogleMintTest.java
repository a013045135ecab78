package dev.entrepot.credentials.google;

import static dev.entrepot.credentials.google.TestGoogle.PULLER;
import static dev.entrepot.credentials.google.TestGoogle.REPOSITORY;
import static dev.entrepot.credentials.google.TestGoogle.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.Secret;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeGoogle;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** The life of a service account's tokens, against a server that verifies what its key signs. */
class GoogleMintTest {

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
  void aKeyBecomesATokenThatIsKept() {
    // Given
    google.usingKey();
    // When / Then
    assertThat(google.holder()).isEqualTo(PULLER);
    assertThat(google.holder()).isEqualTo(PULLER);
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(1);
  }

  @Test
  void allWhoWaitForTheFirstTokenShareIt() {
    // Given
    google.usingKey();
    Gate gate = new Gate();
    google.servers.chaos().when(RequestMatch.any()).once(Fault.holdBeforeHead(gate));
    // When / Then
    StepVerifier.create(
            Flux.range(0, 100).flatMap(_ -> google.source().current(REPOSITORY), 100).distinct())
        .then(gate::open)
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(1);
  }

  @Test
  void aTokenIsRenewedOnceBeforeItsEndWhileTheOldOneServes() {
    // Given
    google.usingKey();
    String first = google.token();
    Gate gate = new Gate();
    google.servers.chaos().when(RequestMatch.any()).once(Fault.holdBeforeHead(gate));
    // When
    google.clock.advance(Duration.ofMinutes(53));
    google.token();
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(1);
    google.clock.advance(Duration.ofSeconds(70));
    StepVerifier.create(
            Flux.range(0, 100).flatMap(_ -> google.source().current(REPOSITORY), 100).distinct())
        .expectNextMatches(old -> old.equals(bearer(first, old)))
        .expectComplete()
        .verify(SOON);
    gate.open();
    // Then
    Await.until("the new token", () -> !google.token().equals(first));
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(2);
  }

  @Test
  void anEndedTokenIsNotUsed() {
    // Given
    google.usingKey();
    String first = google.token();
    // When
    google.clock.advance(Duration.ofHours(1));
    // Then
    assertThat(google.token()).isNotEqualTo(first);
    assertThat(google.holder()).isEqualTo(PULLER);
  }

  @Test
  void aRefusedTokenIsMadeAnew() {
    // Given
    google.usingKey();
    String first = google.token();
    google.servers.revokeAll();
    // When
    google.source().refused(new Credential.Bearer(Secret.of(first)));
    // Then
    assertThat(google.holder()).isEqualTo(PULLER);
  }

  @Test
  void theOldTokenServesUntilItsEndWhenGoogleIsInTrouble() {
    // Given
    google.usingKey();
    String first = google.token();
    google.servers.chaos().when(RequestMatch.any()).always(Fault.answer(503));
    // When
    google.clock.advance(Duration.ofMinutes(58));
    assertThat(google.token()).isEqualTo(first);
    google.servers.log().await(2, "POST", FakeGoogle.TOKEN);
    assertThat(google.token()).isEqualTo(first);
    google.clock.advance(Duration.ofMinutes(2));
    // Then
    assertThat(google.failure())
        .hasMessage("service account " + PULLER + ": 127.0.0.1 gives no token (status 503)")
        .satisfies(failure -> assertThat(failure.isDenied()).isFalse());
  }

  @Test
  void aRefusedKeyIsSaidAndMendedAtOnce() {
    // Given
    Path file = google.usingKey();
    google.servers.deleteKeysOf(PULLER);
    assertThat(google.failure())
        .hasMessage(
            "service account "
                + PULLER
                + ": its key was refused (invalid_grant), it was deleted or disabled")
        .satisfies(failure -> assertThat(failure.isDenied()).isTrue());
    // When
    google.write(String.valueOf(file.getFileName()), google.servers.keyOf(PULLER));
    google.clock.advance(Duration.ofSeconds(1));
    // Then
    assertThat(google.holder()).isEqualTo(PULLER);
  }

  @Test
  void aKeyThatSignsForAnotherIsRefused() {
    // Given
    String own = google.servers.keyOf(PULLER);
    String others = KeyJson.parse(google.servers.keyOf("other@acme.test")).text("private_key");
    String mixed =
        own.replaceAll("-----BEGIN.*END PRIVATE KEY-----", others.strip().replace("\n", "\\\\n"));
    google.using(google.write("key.json", mixed), null);
    // Then
    assertThat(google.failure()).hasMessageContaining("its key was refused (invalid_grant)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "invalid_grant|Invalid grant: account not found|, the service account does not exist",
        "invalid_grant|Invalid JWT: Token must be in a reasonable timeframe.|, this machine's clock is wrong",
        "unauthorized_client|canary|''",
        "access_denied|canary|''"
      })
  void knownReasonsAreSaidInOurWords(String code, String description, String hint) {
    // Given
    google.usingKey();
    Reply refusal =
        Reply.json(
            400, "{\"error\":\"%s\",\"error_description\":\"%s\"}".formatted(code, description));
    google.servers.chaos().when(RequestMatch.any()).always(Fault.answer(refusal));
    // Then
    assertThat(google.failure())
        .hasMessage("service account %s: its key was refused (%s)%s".formatted(PULLER, code, hint));
  }

  @Test
  void aRotatedKeyReplacesTheTokenWithinASecond() {
    // Given
    Path file = google.usingKey();
    String first = google.token();
    // When
    google.write(String.valueOf(file.getFileName()), google.servers.keyOf("other@acme.test"));
    google.clock.advance(Duration.ofSeconds(1));
    // Then
    assertThat(google.token()).isNotEqualTo(first);
    assertThat(google.holder()).isEqualTo("other@acme.test");
  }

  @Test
  void aBrokenKeyLeavesTheLastGoodOne() {
    // Given
    Path file = google.usingKey();
    String first = google.token();
    // When
    google.write(String.valueOf(file.getFileName()), "{\"type\": \"service_acc");
    google.clock.advance(Duration.ofSeconds(1));
    // Then
    assertThat(google.token()).isEqualTo(first);
  }

  @Test
  void shortTokensAreRenewedAtHalfTheirLife() {
    // Given
    google.servers.lifetime(Duration.ofMinutes(4));
    google.usingKey();
    String first = google.token();
    google.clock.advance(Duration.ofSeconds(115));
    assertThat(google.token()).isEqualTo(first);
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(1);
    // When
    google.clock.advance(Duration.ofSeconds(10));
    // Then
    Await.until("the new token", () -> !google.token().equals(first));
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(2);
  }

  @Test
  void aTokenThatHasEndedAlreadyIsTrouble() {
    // Given
    google.servers.lifetime(Duration.ZERO);
    google.usingKey();
    // Then
    assertThat(google.failure()).hasMessageContaining("a token that has ended");
    assertThat(google.failure()).hasMessageContaining("a token that has ended");
    assertThat(google.servers.count(FakeGoogle.TOKEN)).isEqualTo(1);
  }

  @Test
  void aSilentServerIsGivenUpInTime() {
    // Given
    google.usingKey();
    google.servers.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
    // When
    StepVerifier.create(google.source().current(REPOSITORY))
        .expectErrorMessage("service account " + PULLER + ": 127.0.0.1 did not answer in time")
        .verify(Duration.ofSeconds(10));
  }

  @Test
  void aServerThatIsGoneIsSaid() {
    // Given
    google.usingKey();
    google.servers.close();
    // Then
    assertThat(google.failure())
        .hasMessageStartingWith("service account " + PULLER + ": 127.0.0.1 cannot be reached (");
  }

  @Test
  void anAnswerThatIsNoTokenIsTrouble() {
    // Given
    google.usingKey();
    google
        .servers
        .chaos()
        .when(RequestMatch.any())
        .once(Fault.answer(Reply.text(200, "text/html", "<canary>")));
    // Then
    assertThat(google.failure())
        .hasMessage(
            "service account " + PULLER + ": the answer to its request for a token cannot be used");
  }

  private static Credential bearer(String token, Credential like) {
    return new Credential.Bearer(Secret.of(token), like.expiresAt());
  }
}
