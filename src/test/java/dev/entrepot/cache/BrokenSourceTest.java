package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.ScriptedSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class BrokenSourceTest {

  private static final int MEGABYTE = 1024 * 1024;

  @TempDir private Path directory;
  private CacheUnderTest under;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wrongBytesAreNeverServedToTheirEndNorStored(boolean lengthIsKnown) {
    // Given
    byte[] content = random(5, MEGABYTE);
    Digest digest = Digest.sha256Of(content);
    byte[] wrong = content.clone();
    wrong[17] ^= 1;
    ScriptedSource source = under.source(wrong).gatedAt(MEGABYTE / 2);
    Fetch fetch = under.fetch(digest, lengthIsKnown ? source : source.withoutLength());
    Received received = new Received();
    Mono<Received> reader = reception(fetch.content(), received).cache();
    reader.subscribe();
    await(() -> received.bytes.get() > 0);

    // When
    source.openGate();
    result(reader);

    // Then
    assertThat(received.bytes).hasValueLessThan(content.length);
    assertThat(received.code()).isEqualTo(ErrorCode.UPSTREAM_INVALID);
    assertThatThrownBy(() -> fetch.done().block(PATIENCE)).isInstanceOf(RegistryException.class);
    assertThat(under.isStored(content)).isFalse();
    assertThat(under.file(digest)).doesNotExist();
    await(() -> under.fills().isEmpty());
    assertThat(under.flights("mismatch")).isEqualTo(1);
  }

  // Scorecard 7.
  @Test
  void whoHasNothingYetGetsWhatASecondFlightBrings() {
    // Given
    byte[] content = random(7, 10_000);
    ScriptedSource source = under.source(content).lying(1);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // When
    List<byte[]> received =
        Flux.range(0, 8)
            .flatMap(_ -> bytes(fetch.content().read(0, Long.MAX_VALUE)))
            .collectList()
            .block(PATIENCE);

    // Then
    assertThat(received).hasSize(8).allSatisfy(bytes -> assertThat(bytes).isEqualTo(content));
    assertThat(source.opens()).hasSize(2);
    assertThat(source.blames()).isEqualTo(1);
    await(() -> under.isStored(content));
  }

  // Scorecard 7.
  @Test
  void thereIsNoThirdFlight() {
    // Given
    byte[] content = random(7, 10_000);
    ScriptedSource source = under.source(content).lying(3);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // When
    Received received = receive(fetch.content());

    // Then
    assertThat(received.bytes).hasValue(0);
    assertThat(received.code()).isEqualTo(ErrorCode.UPSTREAM_INVALID);
    assertThat(source.opens()).hasSize(2);
    assertThat(source.blames()).isEqualTo(2);
  }

  @Test
  void aBrokenSourceIsResumedWhereItBroke() {
    // Given
    byte[] content = random(6, MEGABYTE);
    ScriptedSource source = under.source(content).breakingAt(100_000, 100_000, 900_000);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);
    waitForReopening(source, 4);

    // When
    byte[] received = readAll(fetch.content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(source.opens()).containsExactly(0L, 100_000L, 100_000L, 900_000L);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 999_999, 1_000_000})
  void whereverItBreaksTheContentIsWhole(long position) {
    // Given
    byte[] content = random(23, 1_000_000);
    ScriptedSource source = under.source(content).breakingAt(position);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // When
    byte[] received = readAll(fetch.content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(source.opens()).hasSize(position == content.length ? 1 : 2);
  }

  @Test
  void aSourceWithoutRangesStartsOverUnseen() {
    // Given
    byte[] content = random(7, MEGABYTE);
    ScriptedSource source = under.source(content).withoutRanges().breakingAt(500_000, 800_000);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // When
    byte[] received = readAll(fetch.content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(source.opens()).hasSize(3);
  }

  @Test
  void aSourceThatBringsNothingMoreIsGivenUp() {
    // Given
    byte[] content = random(8, MEGABYTE);
    ScriptedSource source =
        under.source(content).breakingAt(500_000, 500_000, 500_000, 500_000, 500_000);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // When
    Received received = new Received();
    Mono<Received> reader = reception(fetch.content(), received).cache();
    reader.subscribe();
    await(() -> received.bytes.get() == 500_000);
    waitForReopening(source, 4);
    result(reader);

    // Then
    assertThat(received.bytes).hasValue(500_000);
    assertThat(received.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
    assertThat(source.opens()).hasSize(4);
    assertThat(under.fills()).isEmpty();
  }

  @Test
  void aRefusalWhileResumingEndsTheFlightAtOnce() {
    // Given
    byte[] content = random(9, MEGABYTE);
    RegistryException refusal = new RegistryException(ErrorCode.DENIED, "no more");
    ScriptedSource source = under.source(content).breakingAt(500_000).gatedAt(400_000);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);
    source.refusing(refusal);
    source.openGate();

    // When
    Received received = receive(fetch.content());

    // Then
    assertThat(received.failure).isSameAs(refusal);
    assertThat(source.opens()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void aWrongLengthIsNeverStored(int error) {
    // Given
    byte[] content = random(10, MEGABYTE);
    ScriptedSource source = under.source(content).announcing(content.length + error);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);
    if (error > 0) {
      waitForReopening(source, 4);
    }

    // When
    Received received = receive(fetch.content());

    // Then
    assertThat(received.bytes).hasValueLessThan(content.length);
    assertThat(received.code()).isEqualTo(ErrorCode.UPSTREAM_INVALID);
    assertThat(under.isStored(content)).isFalse();
  }

  @Test
  void aSourceThatCannotBeOpenedFailsTheFetch() {
    // Given
    byte[] content = random(14, 10);
    RegistryException refusal = new RegistryException(ErrorCode.BLOB_UNKNOWN, "not here");
    ScriptedSource source = under.source(content).refusing(refusal);

    // When
    Mono<Fetch> fetch = under.cache().fetch(Digest.sha256Of(content), source);

    // Then
    StepVerifier.create(fetch).expectErrorMatches(refusal::equals).verify(PATIENCE);
    assertThat(under.cache().inFlight(Digest.sha256Of(content))).isEmpty();
  }

  @Test
  void whoJoinedARefusedFlightTriesItsOwnSource() {
    // Given
    byte[] content = random(15, 10_000);
    Digest digest = Digest.sha256Of(content);
    Sinks.One<BlobStream> answer = Sinks.one();
    Mono<Fetch> first = under.cache().fetch(digest, (_, _) -> answer.asMono()).cache();
    first.onErrorComplete().subscribe();
    Mono<Fetch> second = under.cache().fetch(digest, under.source(content)).cache();
    second.subscribe();

    // When
    answer.tryEmitError(new RegistryException(ErrorCode.DENIED, "not you"));

    // Then
    assertThatThrownBy(() -> first.block(PATIENCE)).hasMessage("not you");
    assertThat(readAll(result(second).content())).isEqualTo(content);
  }

  private void waitForReopening(ScriptedSource source, int opens) {
    await(
        () -> {
          under.timer.advanceTimeBy(Duration.ofSeconds(1));
          return source.opens().size() == opens;
        });
  }

  private static Received receive(Content content) {
    return result(reception(content));
  }

  private static Mono<Received> reception(Content content) {
    return reception(content, new Received());
  }

  private static Mono<Received> reception(Content content, Received received) {
    return content
        .read(0, Long.MAX_VALUE)
        .doOnNext(
            buffer -> {
              received.bytes.addAndGet(buffer.readableBytes());
              buffer.release();
            })
        .doOnError(failure -> received.failure = failure)
        .onErrorComplete()
        .then(Mono.just(received));
  }

  /** What a reader got before its stream ended. */
  private static final class Received {
    final AtomicLong bytes = new AtomicLong();
    @Nullable Throwable failure;

    ErrorCode code() {
      return failure instanceof RegistryException known
          ? known.code()
          : fail("no failure of ours: " + failure);
    }
  }
}
