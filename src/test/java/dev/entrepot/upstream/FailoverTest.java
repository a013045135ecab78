package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.MutableClock;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.Timeouts;
import dev.entrepot.upstream.TroubleException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** How endpoints are judged when it is our time that is over. */
final class FailoverTest {

  private static final Duration LIMIT = Duration.ofMillis(600);
  private static final Duration SOON = Duration.ofSeconds(10);

  private final OnwardClock clock = new OnwardClock(MutableClock.create());
  private final EndpointHealth health =
      new EndpointHealth(
          "registry.test",
          new Endpoint(URI.create("https://registry.test")),
          clock,
          Meters.unread());
  private final Failover failover =
      new Failover(List.of(health), LIMIT, clock, Schedulers.parallel(), new Random(3));

  @Test
  void whoIsSilentAllTheTimeIsLeftAlone() {
    // When
    for (int i = 0; i < 2; i++) {
      fail(_ -> Mono.never());
    }

    // Then
    assertThat(health.isAwake()).isFalse();
  }

  @Test
  void lastTryThatHadLittleTimeIsNotTakenForSilence() {
    for (int i = 0; i < 3; i++) {
      // Given
      var failed = new AtomicBoolean();

      // When
      fail(
          _ ->
              failed.compareAndSet(false, true)
                  ? Mono.delay(LIMIT.multipliedBy(3).dividedBy(4))
                      .then(Mono.error(() -> trouble(Kind.PASSING)))
                  : Mono.never());
    }

    // Then
    assertThat(health.isAwake()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 8})
  void everyEndpointsShareIsEnoughToBeJudgedByAndForTheWaitForAConnection(int endpoints) {
    // When
    var share = LIMIT.dividedBy(endpoints);

    // Then
    assertThat(Failover.least(LIMIT, endpoints)).isLessThan(share);
  }

  @Test
  void credentialThatTakesItsTimeIsNotTheEndpointsFault() {
    // Given
    var image = TestImage.create(1);
    var slow = new Slow();
    try (var registry = FakeRegistry.start().push(TestUpstream.REPOSITORY, image, "1.0");
        var upstream = TestUpstream.at(registry.uri()).within(within(LIMIT))) {
      var client = upstream.clientWith(slow);
      var pull = client.getManifest(upstream.route(), new Tag("1.0"));

      // When
      for (int i = 0; i < 3; i++) {
        StepVerifier.create(pull)
            .expectErrorMatches(
                failure ->
                    failure instanceof RegistryException no
                        && no.code() == ErrorCode.CREDENTIAL_UNAVAILABLE)
            .verify(SOON);
      }
      slow.answers = true;

      // Then
      StepVerifier.create(pull).expectNextCount(1).expectComplete().verify(SOON);
    }
  }

  private void fail(Function<Endpoint, Mono<UpstreamAnswer>> attempt) {
    StepVerifier.create(failover.answer(ask(), attempt)).expectError().verify(SOON);
  }

  private static TroubleException trouble(Kind kind) {
    return TroubleException.of(
        kind, ErrorCode.UPSTREAM_INVALID, ask(), "registry.test", "it answered 503", null);
  }

  private static Ask ask() {
    return Ask.ofRegistry(
        Ask.PING, "ask it", TestUpstream.at().route(), "anonymous", ErrorCode.DENIED);
  }

  private static TimeoutProperties within(Duration limit) {
    return Timeouts.all(limit);
  }

  private static final class Slow implements CredentialSource {

    private volatile boolean answers;

    @Override
    public Mono<Credential> current(RepositoryAddress repository) {
      return Mono.defer(() -> answers ? Mono.just(new Credential.Anonymous()) : Mono.never());
    }

    @Override
    public void refused(Credential credential) {}
  }
}
