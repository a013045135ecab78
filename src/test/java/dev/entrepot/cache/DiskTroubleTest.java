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

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.ScriptedSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

class DiskTroubleTest {

  private static final int SIZE = 1_000_000;

  @TempDir private Path directory;
  private final byte[] content = random(1, SIZE);
  private final Digest digest = Digest.sha256Of(content);
  private CacheUnderTest under;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory, DataSize.ofBytes(2 * SIZE), Long.MAX_VALUE);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDiskThatTakesNothingIsPassedBy(boolean lengthIsKnown) {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source = under.source(content);
    Fetch fetch = under.fetch(digest, lengthIsKnown ? source : source.withoutLength());

    // When
    byte[] received = readAll(fetch.content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(source.opens()).containsExactly(0L);
    assertThat(under.flights("uncached")).isEqualTo(1);
    assertThat(under.isStored(content)).isFalse();
  }

  @Test
  void everyFurtherReaderOfPassedContentOpensTheSource() {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source = under.source(content);
    Content passed = under.fetch(digest, source).content();

    // When
    byte[] first = readAll(passed);
    byte[] second = readAll(passed);
    byte[] middle = read(passed, 1000, 2000);
    byte[] part = read(passed, SIZE - 10, SIZE);
    byte[] end = read(passed, SIZE - 10, Long.MAX_VALUE);

    // Then
    assertThat(first).isEqualTo(content);
    assertThat(second).isEqualTo(content);
    assertThat(middle).isEqualTo(Arrays.copyOfRange(content, 1000, 2000));
    assertThat(part).isEqualTo(Arrays.copyOfRange(content, SIZE - 10, SIZE));
    assertThat(end).isEqualTo(Arrays.copyOfRange(content, SIZE - 10, SIZE));
    assertThat(source.opens())
        .as("what reads on to the end is verified from the start")
        .containsExactly(0L, 0L, 1000L, SIZE - 10L, 0L);
  }

  @Test
  void wrongBytesPassedAreNotServedToTheirEnd() {
    // Given
    under.volume.breakDown("create");
    byte[] wrong = content.clone();
    wrong[5] ^= 1;
    ScriptedSource source = under.source(wrong);
    Fetch fetch = under.fetch(digest, source);

    // When
    Mono<Long> received =
        fetch
            .content()
            .read(0, Long.MAX_VALUE)
            .map(
                buffer -> {
                  int count = buffer.readableBytes();
                  buffer.release();
                  return (long) count;
                })
            .onErrorResume(RegistryException.class, _ -> Mono.empty())
            .reduce(0L, Long::sum);

    // Then
    assertThat(result(received)).isLessThan(SIZE);
    assertThatThrownBy(() -> readAll(fetch.content())).isInstanceOf(RegistryException.class);
    assertThat(source.blames()).isEqualTo(2);
  }

  @Test
  void aPassedSourceThatBreaksIsResumed() {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source = under.source(content).breakingAt(300_000, 700_000);

    // When
    byte[] received = readAll(under.fetch(digest, source).content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(source.opens()).containsExactly(0L, 300_000L, 700_000L);
  }

  @Test
  void aPassedStreamThatNobodyReadsIsClosed() {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source = under.source(content);
    under.fetch(digest, source);

    // When
    under.timer.advanceTimeBy(Duration.ofSeconds(10));

    // Then
    await(() -> source.closed() == 1);
  }

  @Test
  void contentLargerThanTheCacheIsPassed() {
    // Given
    byte[] large = random(2, 2 * SIZE + 1);
    ScriptedSource source = under.source(large);

    // When
    byte[] received = readAll(under.fetch(Digest.sha256Of(large), source).content());

    // Then
    assertThat(received).isEqualTo(large);
    assertThat(under.isStored(large)).isFalse();
  }

  @Test
  void contentOfUnknownLengthThatOutgrowsTheCacheIsPassed() {
    // Given
    byte[] large = random(3, 3 * SIZE);
    ScriptedSource source = under.source(large).withoutLength();

    // When
    byte[] received = readAll(under.fetch(Digest.sha256Of(large), source).content());

    // Then
    assertThat(received).isEqualTo(large);
    await(() -> under.flights("uncached") == 1);
    assertThat(under.fills()).isEmpty();
  }

  @Test
  void freeSpaceIsLeftAlone() {
    // Given
    under.volume.usable(SIZE - 1);

    // When
    byte[] received = readAll(under.fetch(digest, under.source(content)).content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.isStored(content)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readersGoOnWhenTheDiskIsFullMidway(boolean lengthIsKnown) {
    // Given
    under.volume.writableTo(400_000);
    ScriptedSource source = under.source(content).gatedAt(300_000);
    Fetch fetch = under.fetch(digest, lengthIsKnown ? source : source.withoutLength());
    List<Mono<byte[]>> readers =
        IntStream.range(0, 5)
            .mapToObj(_ -> bytes(fetch.content().read(0, Long.MAX_VALUE)).cache())
            .toList();
    readers.forEach(Mono::subscribe);
    Mono<byte[]> range = bytes(fetch.content().read(900_000, 900_100)).cache();
    range.subscribe();

    // When
    source.openGate();

    // Then
    assertThat(readers).allSatisfy(reader -> assertThat(result(reader)).isEqualTo(content));
    assertThat(result(range)).isEqualTo(Arrays.copyOfRange(content, 900_000, 900_100));
    assertThat(readAll(fetch.content())).isEqualTo(content);
    await(() -> under.flights("uncached") == 1);
    assertThat(under.fills()).isEmpty();
    assertThat(under.isStored(content)).isFalse();
  }

  @Test
  void readersGoOnFromTheSourceWhenTheDiskIsSlowerThanUpstream() {
    // Given
    under.volume.atEveryWrite(() -> under.timer.advanceTimeBy(Duration.ofSeconds(1)));
    ScriptedSource source = under.source(content);

    // When
    Fetch fetch = under.fetch(digest, source);
    byte[] received = readAll(fetch.content());

    // Then
    assertThat(received).isEqualTo(content);
    fetch.done().block(PATIENCE);
    assertThat(under.flights("uncached")).isEqualTo(1);
    await(() -> under.fills().isEmpty());
  }

  /** All of it is there then, but nobody has compared it with its digest. */
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void theVeryLastWriteMayBeTheSlowOne(boolean lengthIsKnown, boolean isRight) {
    // Given
    byte[] sent = content.clone();
    sent[SIZE - 1] ^= (byte) (isRight ? 0 : 1);
    ScriptedSource source = under.source(sent).gatedAt(SIZE - 1);
    Fetch fetch = under.fetch(digest, lengthIsKnown ? source : source.withoutLength());
    read(fetch.content(), 0, 1000);
    await(() -> source.sent() == SIZE - 1);
    AtomicLong received = new AtomicLong();
    Mono<byte[]> reader =
        bytes(
                fetch
                    .content()
                    .read(0, Long.MAX_VALUE)
                    .doOnNext(piece -> received.addAndGet(piece.readableBytes())))
            .cache();
    reader.onErrorComplete().subscribe();
    await(() -> received.get() >= SIZE / 2);

    // When
    under.volume.atEveryWrite(() -> under.timer.advanceTimeBy(Duration.ofSeconds(4)));
    source.openGate();

    // Then
    if (isRight) {
      assertThat(result(reader)).isEqualTo(content);
    } else {
      assertThatThrownBy(() -> result(reader)).isInstanceOf(RegistryException.class);
      assertThat(received).hasValueLessThan(SIZE);
    }
    await(() -> under.flights("uncached") == 1);
    assertThat(under.isStored(content)).isFalse();
  }

  @Test
  void aDiskThatWaitsForASlowUpstreamIsNotBlamed() {
    // Given
    under.volume.atEveryWrite(() -> under.timer.advanceTimeBy(Duration.ofSeconds(1)));
    ScriptedSource source = under.source(content).gatedAt(1000);
    Fetch fetch = under.fetch(digest, source);
    read(fetch.content(), 0, 1000);

    // When
    under.timer.advanceTimeBy(Duration.ofMinutes(1));
    source.openGate();

    // Then
    assertThat(readAll(fetch.content())).isEqualTo(content);
    fetch.done().block(PATIENCE);
    assertThat(under.isStored(content)).isTrue();
  }

  // Scorecard 40.
  @Test
  void aClockThatIsSetDuringAWriteMakesNoSlowDisk() {
    // Given
    under.volume.atEveryWrite(() -> under.clock.advance(Duration.ofHours(13)));
    Fetch fetch = under.fetch(digest, under.source(content));

    // When
    byte[] received = readAll(fetch.content());
    fetch.done().block(PATIENCE);

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.isStored(content)).isTrue();
  }

  @Test
  void theNextBlobIsStoredOnceTheDiskWorksAgain() {
    // Given
    under.volume.writableTo(400_000);
    readAll(under.fetch(digest, under.source(content)).content());
    under.volume.repair();
    under.timer.advanceTimeBy(Duration.ofSeconds(30));
    await(() -> !under.cache().isDegraded());

    // When
    under.keep(content);

    // Then
    assertThat(under.isStored(content)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"force", "rename"})
  void aFailedCommitFailsNobody(String operation) {
    // Given
    under.volume.breakDown(operation);
    Fetch fetch = under.fetch(digest, under.source(content));

    // When
    byte[] received = readAll(fetch.content());
    fetch.done().block(PATIENCE);

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.isStored(content)).isFalse();
    assertThat(under.flights("uncached")).isEqualTo(1);
    assertThat(under.fills()).isEmpty();
  }

  @Test
  void aFillThatCannotBeReadIsReplacedByItsSource() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(500_000);
    Fetch fetch = under.fetch(digest, source);
    under.volume.breakDown("read");

    // When
    Mono<byte[]> received = bytes(fetch.content().read(0, Long.MAX_VALUE)).cache();
    received.subscribe();
    await(() -> source.opens().size() == 2);
    source.openGate();

    // Then
    assertThat(result(received)).isEqualTo(content);
  }

  @Test
  void aManifestIsServedFromMemoryWhenTheDiskTakesNothing() {
    // Given
    under.volume.breakDown("create");

    // When
    under.cache().store(digest, content).block(PATIENCE);

    // Then
    assertThat(result(under.cache().bytes(digest))).contains(content);
    assertThat(under.isStored(content)).isFalse();
  }

  // Scorecard 24 and 26.
  @Test
  void afterAFailureTheDiskIsLeftAloneForAWhileAndHitsAreServed() {
    // Given
    byte[] kept = random(4, 1000);
    under.keep(kept);
    under.volume.breakDown("write");
    readAll(under.fetch(digest, under.source(content)).content());
    int created = under.volume.uses("create");

    // When
    byte[] received = readAll(under.fetch(digest, under.source(content)).content());

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(under.volume.uses("create")).isEqualTo(created);
    assertThat(under.meters.get("entrepot.cache.degraded").gauge().value()).isEqualTo(1);
    assertThat(readAll(under.stored(kept))).isEqualTo(kept);
  }

  @Test
  void aDiskThatStaysBrokenIsTriedAtLongerAndLongerIntervals() {
    // Given
    under.volume.breakDown("write");
    readAll(under.fetch(digest, under.source(content)).content());
    under.timer.advanceTimeBy(Duration.ofSeconds(30));
    await(() -> under.volume.uses("write") == 2);
    under.volume.repair();

    // When
    under.timer.advanceTimeBy(Duration.ofSeconds(59));
    boolean isDegraded = under.cache().isDegraded();

    // Then
    assertThat(isDegraded).isTrue();
    // The probe may have been late to plan the next one.
    await(
        () -> {
          under.timer.advanceTimeBy(Duration.ofSeconds(1));
          return !under.cache().isDegraded();
        });
    under.keep(content);
    assertThat(under.isStored(content)).isTrue();
    assertThat(under.fills()).isEmpty();
  }

  @Test
  void linksProvedMeanwhileAreWrittenWhenTheDiskWorksAgain() {
    // Given
    under.volume.breakDown("write");
    readAll(under.fetch(digest, under.source(content)).content());
    var address = StoredImages.address("library/a");
    var descriptor = new Descriptor("any/thing", digest, SIZE);
    under.cache().links().prove(address, Links.Kind.BLOB, descriptor).block(PATIENCE);
    under.volume.repair();

    // When
    under.timer.advanceTimeBy(Duration.ofSeconds(30));

    // Then
    await(
        () ->
            Files.exists(
                directory.resolve(
                    "upstreams/docker.io/library+a/blobs/sha256-%s.json".formatted(digest.hex()))));
  }

  // Scorecard 24.
  @Test
  void aDiskThatIsFullTooEarlyEvictsAndGoesOn() {
    // Given
    byte[] old = random(5, SIZE / 2);
    under.keep(old);
    under.clock.advance(Duration.ofMinutes(2));
    under.volume.fill();

    // When
    under.keep(content);

    // Then
    assertThat(under.isStored(content)).isTrue();
    assertThat(under.isStored(old)).isFalse();
    assertThat(under.cache().isDegraded()).isFalse();
    assertThat(under.meters.counter("entrepot.cache.evictions", "cause", "disk-full").count())
        .isEqualTo(1);
  }

  // Scorecard 25.
  @Test
  void aFailedFsyncIsNotTriedAgain() {
    // Given
    under.volume.breakDown("force");

    // When
    under.keep(content);

    // Then
    assertThat(under.volume.uses("force")).isEqualTo(1);
    assertThat(under.fills()).isEmpty();
    assertThat(under.file(digest)).doesNotExist();
  }
}
