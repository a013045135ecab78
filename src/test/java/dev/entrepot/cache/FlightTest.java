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

import dev.entrepot.oci.Digest;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
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

  // Scorecard 2.
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
    await(() -> under.flights("stored") == 1);
    assertThat(under.isStored(content)).isTrue();
    assertThat(source.opens()).hasSize(1);
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
    int piece = 16 * 1024;
    byte[] content = random(18, 4 * MEGABYTE);
    ScriptedSource source = under.source(content).pieces(piece).gatedAt(piece);
    Fetch fetch = under.fetch(Digest.sha256Of(content), source);
    read(fetch.content(), 0, piece);

    // When
    under.volume.hang("write");
    source.openGate();
    await(() -> source.sent() >= 33L * piece);

    // Then
    assertThat(source.sent())
        .as("what may wait for the disk, and what was gathered for the write that hangs")
        .isLessThanOrEqualTo((1L + 32 + 16 + 2) * piece);
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

    // Then: what the request gathered may be given back a moment later.
    await(() -> under.outstanding() <= 50L * 256 * 1024);
    assertThat(under.outstanding()).isPositive();
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
}
