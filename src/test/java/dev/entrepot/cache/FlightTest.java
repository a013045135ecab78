package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.read;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.ScriptedSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class FlightTest {

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

  @Test
  void fiftyFetchesOpenTheSourceOnce() {
    // Given
    byte[] content = random(1, 3 * MEGABYTE);
    Digest digest = Digest.sha256Of(content);
    ScriptedSource source = under.source(content).gatedAt(MEGABYTE);

    // When
    List<Fetch> fetches =
        result(
            Flux.range(0, 50).flatMap(_ -> under.cache().fetch(digest, source), 50).collectList());
    List<Mono<byte[]>> reads = new ArrayList<>();
    fetches.forEach(fetch -> reads.add(bytes(fetch.content().read(0, Long.MAX_VALUE)).cache()));
    reads.forEach(Mono::subscribe);
    source.openGate();

    // Then
    assertThat(fetches).filteredOn(fetch -> !fetch.collapsed()).hasSize(1);
    assertThat(reads).allSatisfy(read -> assertThat(result(read)).isEqualTo(content));
    assertThat(source.opens()).containsExactly(0L);
  }

  @Test
  void aLateReaderStartsAtTheFirstByteBeforeTheLastHasArrived() {
    // Given
    byte[] content = random(2, 2 * MEGABYTE);
    Digest digest = Digest.sha256Of(content);
    ScriptedSource source = under.source(content).gatedAt(MEGABYTE);
    under.fetch(digest, source);
    await(() -> under.cache().inFlight(digest).isPresent());

    // When
    Content late = under.cache().inFlight(digest).orElseThrow();
    byte[] first = read(late, 0, MEGABYTE);

    // Then
    assertThat(late.length()).hasValue(content.length);
    assertThat(first).isEqualTo(Arrays.copyOf(content, MEGABYTE));
    source.openGate();
    assertThat(readAll(late)).isEqualTo(content);
  }

  @Test
  void aRangeOfAFlightIsExact() {
    // Given
    byte[] content = random(3, 2 * MEGABYTE);
    Content arriving = under.fetch(Digest.sha256Of(content), under.source(content)).content();

    // When
    byte[] middle = read(arriving, 700_000, 1_400_001);
    byte[] end = read(arriving, content.length - 5, Long.MAX_VALUE);
    byte[] beyond = read(arriving, content.length, Long.MAX_VALUE);

    // Then
    assertThat(middle).isEqualTo(Arrays.copyOfRange(content, 700_000, 1_400_001));
    assertThat(end).isEqualTo(Arrays.copyOfRange(content, content.length - 5, content.length));
    assertThat(beyond).isEmpty();
  }

  @Test
  void aFlightGoesOnWhenEveryReaderIsGone() {
    // Given
    byte[] content = random(4, 2 * MEGABYTE);
    Digest digest = Digest.sha256Of(content);
    ScriptedSource source = under.source(content).gatedAt(MEGABYTE);
    Disposable client =
        under
            .cache()
            .fetch(digest, source)
            .flatMap(fetch -> bytes(fetch.content().read(0, Long.MAX_VALUE)))
            .subscribe();
    await(() -> under.cache().inFlight(digest).isPresent());

    // When
    client.dispose();
    source.openGate();

    // Then
    await(() -> under.isStored(content));
    assertThat(source.opens()).hasSize(1);
    assertThat(under.flights("stored")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wrongBytesAreNeverServedToTheirEndNorStored(boolean lengthIsKnown) {
    // Given
    byte[] content = random(5, MEGABYTE);
    Digest digest = Digest.sha256Of(content);
    byte[] wrong = content.clone();
    wrong[17] ^= 1;
    ScriptedSource source = under.source(wrong);
    Fetch fetch = under.fetch(digest, lengthIsKnown ? source : source.withoutLength());

    // When
    Received received = receive(fetch.content());

    // Then
    assertThat(received.bytes).isLessThan(content.length);
    assertThat(received.code()).isEqualTo(ErrorCode.UPSTREAM_INVALID);
    assertThatThrownBy(() -> fetch.done().block(PATIENCE)).isInstanceOf(RegistryException.class);
    assertThat(under.isStored(content)).isFalse();
    assertThat(under.file(digest)).doesNotExist();
    await(() -> under.fills().isEmpty());
    assertThat(under.flights("mismatch")).isEqualTo(1);
  }

  @Test
  void aBrokenSourceIsResumedWhereItBroke() {
    // Given
    byte[] content = random(6, MEGABYTE);
    ScriptedSource source = under.source(content).breakingAt(100_000, 100_000, 900_000);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // When
    byte[] received = readAll(fetch.content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(source.opens()).containsExactly(0L, 100_000L, 100_000L, 900_000L);
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
    Mono<Received> reader = reception(fetch.content()).cache();
    reader.subscribe();
    waitForReopening(source, 4);
    Received received = result(reader);

    // Then
    assertThat(received.bytes).isEqualTo(500_000);
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
    assertThat(received.bytes).isLessThan(content.length);
    assertThat(received.code()).isEqualTo(ErrorCode.UPSTREAM_INVALID);
    assertThat(under.isStored(content)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_536, 65_537, 3_000_000})
  void contentOfUnknownLengthIsStored(int size) {
    // Given
    byte[] content = random(11, size);
    Fetch fetch = under.fetch(Digest.sha256Of(content), under.source(content).withoutLength());

    // When
    byte[] received = readAll(fetch.content());
    fetch.done().block(PATIENCE);

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.stored(content).length()).hasValue(size);
    assertThat(readAll(under.stored(content))).isEqualTo(content);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, 262_144, 262_145})
  void contentOfEverySizeIsStored(int size) throws IOException {
    // Given
    byte[] content = random(12, size);
    Fetch fetch = under.fetch(Digest.sha256Of(content), under.source(content));

    // When
    byte[] received = readAll(fetch.content());
    fetch.done().block(PATIENCE);

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(Files.readAllBytes(under.file(content))).isEqualTo(content);
    assertThat(readAll(under.stored(content))).isEqualTo(content);
    assertThat(under.fills()).isEmpty();
  }

  @Test
  void sha512IsStoredApartFromSha256() throws Exception {
    // Given
    byte[] content = random(13, 10_000);
    Digest digest =
        new Digest(
            "sha512",
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(content)));

    // When
    under.fetch(digest, under.source(content)).done().block(PATIENCE);

    // Then
    assertThat(under.file(digest)).hasBinaryContent(content);
    assertThat(under.file(digest).toString()).contains("/blobs/sha512/");
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
    Mono<Fetch> first = under.cache().fetch(digest, _ -> answer.asMono()).cache();
    first.onErrorComplete().subscribe();
    Mono<Fetch> second = under.cache().fetch(digest, under.source(content)).cache();
    second.subscribe();

    // When
    answer.tryEmitError(new RegistryException(ErrorCode.DENIED, "not you"));

    // Then
    assertThatThrownBy(() -> first.block(PATIENCE)).hasMessage("not you");
    assertThat(readAll(result(second).content())).isEqualTo(content);
  }

  @Test
  void aFetchOfWhatHasJustBeenStoredAsksNobody() {
    // Given
    byte[] content = random(16, 10_000);
    under.keep(content);
    ScriptedSource source = under.source(content);

    // When
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // Then
    assertThat(fetch.collapsed()).isTrue();
    assertThat(readAll(fetch.content())).isEqualTo(content);
    assertThat(source.opens()).isEmpty();
  }

  @Test
  void readersReachTheEndWhileTheDiskStillSyncs() {
    // Given
    byte[] content = random(17, MEGABYTE);
    under.volume.hang("force");
    Fetch fetch = under.fetch(Digest.sha256Of(content), under.source(content));

    // When
    byte[] received = readAll(fetch.content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.isStored(content)).isFalse();
    under.volume.goOn();
    fetch.done().block(PATIENCE);
    assertThat(under.isStored(content)).isTrue();
  }

  @Test
  void aSlowDiskHoldsTheSourceBack() {
    // Given
    byte[] content = random(18, 4 * MEGABYTE);
    ScriptedSource source = under.source(content).pieces(16 * 1024);
    under.volume.hang("write");

    // When
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);
    await(() -> source.sent() >= 32 * 16 * 1024);

    // Then
    assertThat(source.sent()).isLessThanOrEqualTo((32 + 2) * 16 * 1024);
    under.volume.goOn();
    assertThat(readAll(fetch.content())).isEqualTo(content);
  }

  @Test
  void fiftySlowReadersHoldOneBufferEach() {
    // Given
    byte[] content = random(19, 8 * MEGABYTE);
    Fetch fetch = under.fetch(Digest.sha256Of(content), under.source(content));
    List<HoldingSubscriber> readers = new ArrayList<>();

    // When
    for (int i = 0; i < 50; i++) {
      HoldingSubscriber reader = new HoldingSubscriber();
      fetch.content().read(0, Long.MAX_VALUE).subscribe(reader);
      readers.add(reader);
    }
    fetch.done().block(PATIENCE);
    await(() -> readers.stream().allMatch(HoldingSubscriber::hasOne));

    // Then
    assertThat(under.outstanding()).isBetween(1L, 50L * 256 * 1024);
    readers.forEach(HoldingSubscriber::dispose);
    await(() -> under.outstanding() == 0);
  }

  @Test
  void cancellingAtAnyMomentLeaksNothing() {
    // Given
    byte[] content = random(20, 2 * MEGABYTE);
    Digest digest = Digest.sha256Of(content);

    // When
    for (int taken = 0; taken < 40; taken++) {
      Fetch fetch = under.fetch(digest, under.source(content));
      bytes(fetch.content().read(taken * 1000L, Long.MAX_VALUE).take(taken % 8 + 1))
          .block(PATIENCE);
    }

    // Then
    await(() -> under.isStored(content));
    await(() -> under.outstanding() == 0);
  }

  @Test
  void shutdownWaitsForFlights() {
    // Given
    byte[] content = random(21, MEGABYTE);
    ScriptedSource source = under.source(content).gatedAt(1000);
    under.fetch(Digest.sha256Of(content), source);
    Mono<Void> drained = under.cache().drain(Duration.ofMinutes(1)).cache();
    drained.subscribe();

    // When
    source.openGate();
    drained.block(PATIENCE);

    // Then
    assertThat(under.isStored(content)).isTrue();
  }

  @Test
  void shutdownWaitsNoLongerThanItIsTold() {
    // Given
    byte[] content = random(22, MEGABYTE);
    ScriptedSource source = under.source(content).gatedAt(1000);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);

    // When
    Mono<Void> drained = under.cache().drain(Duration.ofMinutes(1));

    // Then
    StepVerifier.create(drained)
        .then(() -> under.timer.advanceTimeBy(Duration.ofMinutes(1)))
        .expectComplete()
        .verify(PATIENCE);
    under.reopen();
    assertThatThrownBy(() -> fetch.done().block(PATIENCE)).hasMessageContaining("shutting down");
    await(() -> source.closed() == 1);
    assertThat(under.fills()).isEmpty();
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
    Received received = new Received();
    return content
        .read(0, Long.MAX_VALUE)
        .doOnNext(
            buffer -> {
              received.bytes += buffer.readableBytes();
              buffer.release();
            })
        .doOnError(failure -> received.failure = failure)
        .onErrorComplete()
        .then(Mono.just(received));
  }

  /** What a reader got before its stream ended. */
  private static final class Received {
    long bytes;
    @Nullable Throwable failure;

    ErrorCode code() {
      return failure instanceof RegistryException known
          ? known.code()
          : fail("no failure of ours: " + failure);
    }
  }
}
