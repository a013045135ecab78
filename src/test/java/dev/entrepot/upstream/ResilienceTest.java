package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.Timeouts;
import io.netty.buffer.ByteBuf;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What happens when upstream is busy, broken, slow or gone. */
class ResilienceTest {

  private static final Tag TAG = new Tag("1.0");
  private static final TimeoutProperties SHORT = Timeouts.all(Duration.ofMillis(400));

  private final TestImage image = TestImage.create(1);
  private final TestBlob blob = TestBlob.of(5, 300_000);
  private final FakeRegistry first = stocked();
  private final FakeRegistry second = stocked();
  private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  private final TestUpstream alone = TestUpstream.at(first.uri()).timer(timer);
  private final TestUpstream both = TestUpstream.at(first.uri(), second.uri()).timer(timer);

  @AfterEach
  void close() {
    alone.close();
    both.close();
    first.close();
    second.close();
    timer.dispose();
  }

  @Test
  void tooManyRequestsIsWaitedOut() {
    // Given
    first.chaos().when(RequestMatch.any()).once(Fault.tooManyRequests("7"));
    // When
    CompletableFuture<String> pull = digestPulledFrom(alone);
    Await.until("the wait", () -> timer.getScheduledTaskCount() == 1);
    timer.advanceTimeBy(Duration.ofSeconds(6));
    boolean early = first.requests().size() > 1;
    timer.advanceTimeBy(Duration.ofSeconds(2));
    // Then
    assertThat(pull).succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(image.digest());
    assertThat(early).isFalse();
    assertThat(first.requests()).hasSize(2);
  }

  @Test
  void aLongerWaitThanClientsHaveIsPassedOnAtOnce() {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.tooManyRequests("120"));
    // When
    RegistryException busy = Refusals.expect(ErrorCode.UPSTREAM_BUSY, pull(alone));
    assertThat(busy.retryAfter()).contains(Duration.ofMinutes(2));
    // Then
    assertThat(first.requests()).hasSize(1);
  }

  @Test
  void withoutAWordOfWhenThereAreTwoTries() {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.tooManyRequests());
    // When
    CompletableFuture<String> pull = digestPulledFrom(alone);
    Await.until("the wait", () -> timer.getScheduledTaskCount() == 1);
    timer.advanceTimeBy(Duration.ofSeconds(20));
    // Then
    assertThat(pull)
        .failsWithin(10, TimeUnit.SECONDS)
        .withThrowableThat()
        .withCauseInstanceOf(RegistryException.class)
        .withMessageContaining("429");
    assertThat(first.requests()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504})
  void theNextEndpointHelpsWhenTheFirstIsInTrouble(int status) {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.answer(status));
    // When
    StepVerifier.create(pull(both)).expectNextCount(1).expectComplete().verify(SOON);
    StepVerifier.create(pull(both)).expectNextCount(1).expectComplete().verify(SOON);
    // Then: the failed one rests
    assertThat(first.requests()).hasSize(1);
    assertThat(second.requests()).hasSize(2);
  }

  @Test
  void aRestedEndpointIsTriedAgain() {
    // Given
    first.chaos().when(RequestMatch.any()).once(Fault.answer(503));
    StepVerifier.create(pull(both)).expectNextCount(1).expectComplete().verify(SOON);
    both.clock.advance(Duration.ofSeconds(31));
    // When
    StepVerifier.create(pull(both)).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(first.requests()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "401,DENIED",
    "403,DENIED",
    "404,MANIFEST_UNKNOWN",
    "412,DENIED",
    "418,UPSTREAM_INVALID",
    "451,DENIED"
  })
  void anAnswerIsAnAnswerWhateverOtherEndpointsMightSay(int status, ErrorCode code) {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.answer(status));
    // When
    expect(code, pull(both));
    // Then
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void aClosedPortIsUnreachableAndTheNextEndpointHelps() {
    // Given
    TestUpstream gone =
        TestUpstream.at(URI.create("http://127.0.0.1:1/"), second.uri()).timer(timer);
    // When
    StepVerifier.create(pull(gone)).expectNextCount(1).expectComplete().verify(SOON);
    expect(
        ErrorCode.UPSTREAM_UNREACHABLE, pull(TestUpstream.at(URI.create("http://127.0.0.1:1/"))));
    // Then
    assertThat(second.requests()).hasSize(1);
    gone.close();
  }

  @Test
  void aLonelyEndpointGetsASecondChance() {
    // Given
    alone.timer(Schedulers.parallel());
    first.chaos().when(RequestMatch.any()).once(Fault.answer(502));
    // When
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
    first.chaos().when(RequestMatch.any()).once(Fault.rstBeforeHead());
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
    // Then
    assertThat(first.requests()).hasSize(4);
  }

  /** What HAProxy closes an idle connection with. */
  @Test
  void idleConnectionThatEndsWith408IsNoWishForQuiet() {
    // Given
    alone.timer(Schedulers.parallel());
    first.chaos().when(RequestMatch.any()).once(Fault.answer(408));
    // When
    StepVerifier.create(pull(alone))
        .expectNextCount(1)
        .expectComplete()
        .verify(Duration.ofSeconds(3));
    // Then
    assertThat(first.requests()).hasSize(2);
  }

  @Test
  void headersThatDoNotComeAreNotAwaitedForever() {
    // Given
    first.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
    // When
    expect(ErrorCode.UPSTREAM_UNREACHABLE, pull(alone.within(SHORT)));
    // Then
    assertThat(first.requests()).hasSize(1);
  }

  @Test
  void aBlobSaysHowOftenItHadBeenAskedForInVain() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).times(2, Fault.answer(503));
    // When
    UpstreamBlob fromTheNext = open(both);
    UpstreamBlob atOnce = open(both);
    // Then
    assertThat(fromTheNext.retries()).isEqualTo(1);
    assertThat(atOnce.retries()).isZero();
    closed(fromTheNext);
    closed(atOnce);
  }

  @Test
  void aBlobSaysHowOftenItsRegistryWasBusy() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).times(1, Fault.tooManyRequests("1"));
    // When
    CompletableFuture<UpstreamBlob> opened = new CompletableFuture<>();
    opening(alone).subscribe(opened::complete, opened::completeExceptionally);
    Await.until(
        "the answer",
        () -> {
          timer.advanceTimeBy(Duration.ofSeconds(2));
          return opened.isDone();
        });
    // Then
    assertThat(opened.join().retries()).isEqualTo(1);
    closed(opened.join());
  }

  @Test
  void aBodyThatStopsIsNotAwaitedForever() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).always(Fault.hangAt(1000));
    // When
    Mono<Long> bytes =
        alone
            .within(SHORT)
            .client()
            .openBlob(
                alone.route(), Digest.parse(blob.digest()), 0, Long.MAX_VALUE, Optional.empty())
            .flatMapMany(UpstreamBlob::bytes)
            .map(ResilienceTest::consumed)
            .reduce(0L, Long::sum);
    // Then
    expect(ErrorCode.UPSTREAM_UNREACHABLE, bytes);
  }

  @Test
  void aReaderThatTakesItsTimeIsNotUpstreamsFault() {
    // Given
    UpstreamBlob open =
        alone
            .within(SHORT)
            .client()
            .openBlob(
                alone.route(), Digest.parse(blob.digest()), 0, Long.MAX_VALUE, Optional.empty())
            .block(SOON);
    // When
    StepVerifier.create(open == null ? Mono.<ByteBuf>empty() : open.bytes(), 0)
        .thenRequest(1)
        .consumeNextWith(ResilienceTest::consumed)
        .expectNoEvent(SHORT.idle().multipliedBy(3))
        .thenRequest(Long.MAX_VALUE)
        .thenConsumeWhile(_ -> true, ResilienceTest::consumed)
        // Then
        .expectComplete()
        .verify(SOON);
  }

  @Test
  void aBodyThatBreaksOffSaysSo() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).always(Fault.rstAt(1000));
    // When
    Mono<Long> bytes =
        alone
            .client()
            .openBlob(
                alone.route(), Digest.parse(blob.digest()), 0, Long.MAX_VALUE, Optional.empty())
            .flatMapMany(UpstreamBlob::bytes)
            .map(ResilienceTest::consumed)
            .reduce(0L, Long::sum);
    // Then
    expect(ErrorCode.UPSTREAM_UNREACHABLE, bytes);
  }

  @Test
  void aCancelledBodyClosesItsConnection() {
    // Given
    first.chaos().when(RequestMatch.get("/blobs/")).always(Fault.hangAt(1000));
    // When
    StepVerifier.create(
            alone
                .client()
                .openBlob(
                    alone.route(), Digest.parse(blob.digest()), 0, Long.MAX_VALUE, Optional.empty())
                .flatMapMany(UpstreamBlob::bytes))
        .consumeNextWith(ResilienceTest::consumed)
        .thenCancel()
        .verify(SOON);
    // Then
    Await.until("the connection to close", () -> first.openConnections() == 0);
  }

  private UpstreamBlob open(TestUpstream upstream) {
    return Objects.requireNonNull(opening(upstream).block(SOON));
  }

  private Mono<UpstreamBlob> opening(TestUpstream upstream) {
    return upstream
        .client()
        .openBlob(
            upstream.route(), Digest.parse(blob.digest()), 0, Long.MAX_VALUE, Optional.empty());
  }

  private static void closed(UpstreamBlob open) {
    StepVerifier.create(open.bytes(), 0).thenCancel().verify(SOON);
  }

  private FakeRegistry stocked() {
    return FakeRegistry.start().push(REPOSITORY, image, "1.0").push(REPOSITORY, blob);
  }

  private static Mono<UpstreamManifest> pull(TestUpstream upstream) {
    return upstream.client().getManifest(upstream.route(), TAG);
  }

  private static CompletableFuture<String> digestPulledFrom(TestUpstream upstream) {
    CompletableFuture<String> digest = new CompletableFuture<>();
    pull(upstream)
        .subscribe(
            manifest -> digest.complete(manifest.descriptor().digest().toString()),
            digest::completeExceptionally);
    return digest;
  }

  private static long consumed(ByteBuf piece) {
    long size = piece.readableBytes();
    piece.release();
    return size;
  }

  private static void expect(ErrorCode code, Mono<?> call) {
    Refusals.expect(code, call, "tried to ", " from 127.0.0.1:", " but ");
  }
}
