package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.REPOSITORY;
import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.Timeouts;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What the host that a registry redirects to does is not the registry's doing. */
final class BlobHostTest {

  private static final TimeoutProperties SHORT = Timeouts.all(Duration.ofMillis(600));

  private final TestImage image = TestImage.create(1);
  private final TestBlob blob = TestBlob.of(5, 300_000);
  private final FakeCdn cdn = FakeCdn.start();
  private final FakeRegistry first = stocked().redirectingBlobs(cdn);
  private final FakeRegistry second = stocked();
  private final TestUpstream alone = TestUpstream.at(first.uri()).privateNetwork();
  private final TestUpstream both = TestUpstream.at(first.uri(), second.uri()).privateNetwork();
  private final TestUpstream reversed = TestUpstream.at(second.uri(), first.uri()).privateNetwork();

  @AfterEach
  void close() {
    alone.close();
    both.close();
    reversed.close();
    first.close();
    second.close();
    cdn.close();
  }

  @Test
  void registryWhoseBlobHostIsGoneIsAskedForManifests() {
    // Given
    first.redirectingBlobs(_ -> "http://127.0.0.1:1/blob");

    // When
    for (int i = 0; i < 3; i++) {
      Refusals.expect(ErrorCode.UPSTREAM_UNREACHABLE, bytes(alone, 0), "it refused the connection");
    }

    // Then
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
  }

  @Test
  void registryWhoseBlobHostIsSilentIsAskedForManifests() {
    // Given
    cdn.chaos().when(RequestMatch.any()).always(Fault.neverAnswer());
    alone.within(SHORT);

    // When
    for (int i = 0; i < 3; i++) {
      Refusals.expect(ErrorCode.UPSTREAM_UNREACHABLE, bytes(alone, 0), "did not answer in time");
    }

    // Then
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 500, 503})
  void registryWhoseBlobHostFailsIsAskedForManifests(int status) {
    // Given
    cdn.chaos().when(RequestMatch.any()).always(Fault.answer(status));

    // When
    for (int i = 0; i < 12; i++) {
      Refusals.expect(ErrorCode.UPSTREAM_INVALID, bytes(alone, 0), "it answered " + status);
    }

    // Then
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
  }

  @Test
  void blobHostThatBreaksOffMakesTheNextEndpointPreferredForAWhile() {
    // Given
    cdn.chaos().when(RequestMatch.any()).always(Fault.rstAt(1000));
    StepVerifier.create(bytes(both, 0)).expectError().verify(SOON);

    // When
    StepVerifier.create(bytes(both, 1000)).expectNext(299_000L).expectComplete().verify(SOON);
    both.clock.advance(Duration.ofSeconds(31));
    StepVerifier.create(pull(both)).expectNextCount(1).expectComplete().verify(SOON);

    // Then
    assertThat(second.requests()).hasSize(1);
    assertThat(first.requests()).hasSize(2);
  }

  // Scorecard 7.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void endpointWhoseBytesWereWrongIsNotAskedFirstForAWhile(boolean redirects) {
    // Given
    FakeRegistry wrongOne = redirects ? first : second;
    FakeRegistry other = redirects ? second : first;
    TestUpstream inOrder = redirects ? both : reversed;
    open(inOrder, 0)
        .flatMapMany(
            wrong ->
                wrong
                    .bytes()
                    .doOnNext(ByteBuf::release)
                    .doOnComplete(wrong.sender()::sentSomethingElse))
        .blockLast(SOON);

    // When
    StepVerifier.create(bytes(inOrder, 0)).expectNext(300_000L).expectComplete().verify(SOON);
    inOrder.clock.advance(Duration.ofSeconds(31));
    StepVerifier.create(pull(inOrder)).expectNextCount(1).expectComplete().verify(SOON);

    // Then
    assertThat(other.requests()).hasSize(1);
    assertThat(wrongOne.requests()).hasSize(2);
  }

  /** A lazy snapshotter reads thousands of parts, and one note of who sent them is enough. */
  @Test
  void partsOfOneEndpointHaveOneSender() {
    // When
    List<Sender> senders =
        Flux.concat(senders(both).repeat(2), senders(reversed).repeat(2)).collectList().block(SOON);

    // Then
    assertThat(senders).hasSize(6);
    assertThat(Set.copyOf(Objects.requireNonNull(senders))).hasSize(2);
  }

  private Mono<Sender> senders(TestUpstream upstream) {
    return open(upstream, 1000)
        .flatMap(part -> part.bytes().doOnNext(ByteBuf::release).then(Mono.just(part.sender())));
  }

  @Test
  void busyBlobHostLetsTheRegistryBeAsked() {
    // Given
    cdn.chaos().when(RequestMatch.any()).always(Fault.tooManyRequests("120"));

    // When
    Refusals.expect(ErrorCode.UPSTREAM_BUSY, bytes(alone, 0), "429");

    // Then
    StepVerifier.create(pull(alone)).expectNextCount(1).expectComplete().verify(SOON);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 412, 451})
  void refusalOfABlobHostSaysNothingOfTheRight(int status) {
    // Given
    cdn.chaos().when(RequestMatch.any()).always(Fault.answer(status));

    // When, Then
    Refusals.expect(ErrorCode.UPSTREAM_INVALID, bytes(alone, 0), "it answered " + status);
  }

  private FakeRegistry stocked() {
    return FakeRegistry.start().push(REPOSITORY, image, "1.0").push(REPOSITORY, blob);
  }

  private static Mono<UpstreamManifest> pull(TestUpstream upstream) {
    return upstream.client().getManifest(upstream.route(), new Tag("1.0"));
  }

  private Mono<Long> bytes(TestUpstream upstream, long offset) {
    return open(upstream, offset)
        .flatMapMany(UpstreamBlob::bytes)
        .map(BlobHostTest::consumed)
        .reduce(0L, Long::sum);
  }

  private Mono<UpstreamBlob> open(TestUpstream upstream, long offset) {
    return upstream
        .client()
        .openBlob(
            upstream.route(),
            Digest.parse(blob.digest()),
            offset,
            Long.MAX_VALUE,
            Optional.empty());
  }

  private static long consumed(ByteBuf piece) {
    long size = piece.readableBytes();
    piece.release();
    return size;
  }
}
