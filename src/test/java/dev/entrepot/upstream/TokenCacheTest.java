package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Secret;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.MutableClock;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** When a token is got, kept, renewed and dropped. */
class TokenCacheTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  private final MutableClock clock = MutableClock.create();
  private final TokenCache cache = new TokenCache(clock);
  private final TokenKey key = keyOf("f1");
  private final AtomicInteger minted = new AtomicInteger();

  @SuppressWarnings("UnnecessaryLambda") // handed over again and again
  private final Supplier<Mono<Token>> mint =
      () ->
          Mono.fromSupplier(
              () ->
                  Token.of(
                      Secret.of("t" + minted.incrementAndGet()),
                      clock.instant(),
                      Duration.ofMinutes(5)));

  @ParameterizedTest
  @CsvSource({"0,t1,1", "239,t1,1", "240,t1,2", "294,t1,2", "295,t2,2", "301,t2,2"})
  void aTokenIsRenewedInTheBackgroundAtFourFifthsOfItsLife(
      int age, String expected, int mintedThen) {
    // Given
    expect("t1");
    // When
    clock.advance(Duration.ofSeconds(age));
    expect(expected);
    // Then
    assertThat(minted).hasValue(mintedThen);
  }

  @Test
  void aRenewedTokenIsUsedFromThenOn() {
    // Given
    expect("t1");
    clock.advance(Duration.ofSeconds(250));
    expect("t1");
    // Then
    expect("t2");
  }

  @Test
  void aFailedRenewalLeavesTheOldTokenUntilItsEnd() {
    // Given
    expect("t1");
    clock.advance(Duration.ofSeconds(250));
    Supplier<Mono<Token>> failing = () -> Mono.error(new IllegalStateException("down"));
    // When
    StepVerifier.create(cache.get(key, failing)).expectNextCount(1).expectComplete().verify(SOON);
    StepVerifier.create(cache.get(key, failing)).expectNextCount(1).expectComplete().verify(SOON);
    clock.advance(Duration.ofSeconds(50));
    // Then
    StepVerifier.create(cache.get(key, failing)).expectErrorMessage("down").verify(SOON);
  }

  @Test
  void aWaiterThatLeavesDoesNotStopTheOthers() {
    // Given
    Sinks.One<Token> answer = Sinks.one();
    AtomicInteger cancelled = new AtomicInteger();
    Supplier<Mono<Token>> slow = () -> answer.asMono().doOnCancel(cancelled::incrementAndGet);
    Disposable impatient = cache.get(key, slow).subscribe();
    // When
    impatient.dispose();
    // Then
    StepVerifier.create(cache.get(key, slow))
        .then(
            () ->
                answer.tryEmitValue(
                    Token.of(Secret.of("slow"), clock.instant(), Duration.ofMinutes(5))))
        .expectNextMatches(token -> token.value().reveal().equals("slow"))
        .expectComplete()
        .verify(SOON);
    assertThat(cancelled).hasValue(0);
  }

  @Test
  void serverThatIsBusyForADayIsAskedAfterAMinute() {
    // Given
    var busy = new RegistryException(ErrorCode.UPSTREAM_BUSY, "busy", null, Duration.ofHours(24));
    StepVerifier.create(cache.get(key, () -> Mono.error(busy)))
        .expectErrorMessage("busy")
        .verify(SOON);
    clock.advance(Duration.ofSeconds(59));
    StepVerifier.create(cache.get(key, mint)).expectErrorMessage("busy").verify(SOON);
    // When
    clock.advance(Duration.ofSeconds(1));
    // Then
    expect("t1");
  }

  @Test
  void onlyTheRefusedTokenIsEvicted() {
    // Given
    Token other = Token.of(Secret.of("other"), clock.instant(), Duration.ofMinutes(5));
    Token first = Token.of(Secret.of("t1"), clock.instant(), Duration.ofMinutes(5));
    expect("t1");
    // When
    cache.evict(key, other);
    expect("t1");
    cache.evict(key, first);
    // Then
    expect("t2");
  }

  @Test
  void anotherCredentialGetsAnotherToken() {
    // Given
    expect("t1");
    // Then
    StepVerifier.create(cache.get(keyOf("f2"), mint).map(token -> token.value().reveal()))
        .expectNext("t2")
        .expectComplete()
        .verify(SOON);
  }

  @ParameterizedTest
  @CsvSource({"REFUSED,9,10", "BUSY,29,30", "TROUBLE,0,1"})
  void aFailureIsRememberedForAMoment(String kind, int remembered, int forgotten) {
    // Given
    RegistryException busy =
        new RegistryException(ErrorCode.UPSTREAM_BUSY, "busy", null, Duration.ofSeconds(30));
    Throwable failure =
        switch (kind) {
          case "REFUSED" -> new CredentialRefusedException(busy);
          case "BUSY" -> busy;
          default ->
              TroubleException.of(
                  TroubleException.Kind.PASSING,
                  ErrorCode.UPSTREAM_INVALID,
                  Ask.ofRegistry(
                      Ask.PING, "ask ", TestUpstream.at().route(), "anonymous", ErrorCode.DENIED),
                  "t",
                  "broke",
                  null);
        };
    StepVerifier.create(cache.get(key, () -> Mono.error(failure)))
        .expectErrorMatches(failure::equals)
        .verify(SOON);
    // When
    clock.advance(Duration.ofSeconds(remembered));
    StepVerifier.create(cache.get(key, mint)).expectErrorMatches(failure::equals).verify(SOON);
    clock.advance(Duration.ofSeconds(forgotten - remembered));
    // Then
    expect("t1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"token\":\"a\",\"expires_in\":300}|300",
        "{\"access_token\":\"a\",\"expires_in\":\"300\"}|300",
        "{\"token\":\"a\"}|60",
        "{\"token\":\"a\",\"expires_in\":5}|60",
        "{\"token\":\"a\",\"expires_in\":-1}|60",
        "{\"token\":\"a\",\"expires_in\":300,\"issued_at\":\"2030-01-01T00:00:00.123456789Z\"}|240",
        "{\"token\":\"a\",\"expires_in\":300,\"issued_at\":\"rubbish\"}|300",
        "{\"token\":\"JWT\"}|900"
      })
  void aLifetimeIsReadFromWhatIsThere(String body, int seconds) {
    // Given
    Instant start = clock.instant();
    String claims = "{\"exp\":" + start.plusSeconds(900).getEpochSecond() + "}";
    String jwt =
        "h."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(claims.getBytes(StandardCharsets.UTF_8))
            + ".s";
    // When
    Optional<Token> token =
        TokenAnswer.read(
            body.replace("JWT", jwt).getBytes(StandardCharsets.UTF_8),
            Optional.of("Tue, 1 Jan 2030 00:01:00 GMT"),
            start);
    // Then
    assertThat(token.orElseThrow().expiresAt().truncatedTo(java.time.temporal.ChronoUnit.SECONDS))
        .isEqualTo(start.plusSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{}", "[]", "<html>", "{\"token\":\"\"}", "{\"token\":\"a\\r\\nX: y\"}"})
  void anAnswerWithoutAProperTokenHoldsNone(String body) {
    assertThat(
            TokenAnswer.read(
                body.getBytes(StandardCharsets.UTF_8), Optional.empty(), clock.instant()))
        .isEmpty();
  }

  private void expect(String token) {
    StepVerifier.create(cache.get(key, mint).map(got -> got.value().reveal()))
        .expectNext(token)
        .expectComplete()
        .verify(SOON);
  }

  private static TokenKey keyOf(String fingerprint) {
    return new TokenKey(
        Endpoint.of(URI.create("https://registry.test")),
        fingerprint,
        URI.create("https://registry.test/token"),
        "service",
        List.of("repository:a:pull"));
  }
}
