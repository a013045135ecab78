package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.read;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.ScriptedSource;
import dev.entrepot.testing.ScriptedSource.Part;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Parts of blobs that are not there yet, and blobs that come in parts. */
class FlightPartsTest {

  private static final int MEBIBYTE = 1024 * 1024;
  private static final int SIZE = 12 * MEBIBYTE;
  private static final int FAR = 9 * MEBIBYTE;
  private static final long END = Long.MAX_VALUE;

  @TempDir private Path directory;
  private final byte[] content = random(41, SIZE);
  private final Digest digest = Digest.sha256Of(content);
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
  void aPartFarAheadIsFetchedAheadIntoTheSameFill() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(MEBIBYTE);
    Fetch fetch = under.fetch(digest, source);

    // When
    byte[] part = read(fetch.content(), FAR, FAR + 1000);
    source.openGate();
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(part).isEqualTo(Arrays.copyOfRange(content, FAR, FAR + 1000));
    assertThat(whole).isEqualTo(content);
    assertThat(source.parts()).containsExactly(new Part(0, END), new Part(FAR, FAR + 1000));
    assertThat(source.sent()).isEqualTo(SIZE + 1000);
    fetch.done().block(PATIENCE);
    assertThat(under.isStored(content)).isTrue();
  }

  @Test
  void whatIsFetchedAheadToTheEndIsNotFetchedAgain() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(MEBIBYTE);
    Fetch fetch = under.fetch(digest, source);
    Mono<byte[]> end = bytes(fetch.content().read(FAR, END)).cache();
    end.subscribe();
    await(() -> source.sent() >= MEBIBYTE + SIZE - FAR);

    // When
    source.openGate();
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(whole).isEqualTo(content);
    assertThat(result(end)).isEqualTo(Arrays.copyOfRange(content, FAR, SIZE));
    assertThat(source.sent()).isLessThan(SIZE + MEBIBYTE);
  }

  @Test
  void theLastBytesArePartOfAnAnswerAtOnceButNotItsEnd() {
    // Given
    ScriptedSource source = under.source(content).gatedAt(MEBIBYTE);
    Content arriving = under.fetch(digest, source).content();

    // When
    byte[] footer = read(arriving, SIZE - 50, SIZE);
    Mono<byte[]> end = bytes(arriving.read(SIZE - 50, END));

    // Then
    assertThat(footer).isEqualTo(Arrays.copyOfRange(content, SIZE - 50, SIZE));
    StepVerifier.create(end)
        .expectSubscription()
        .then(source::openGate)
        .expectNextMatches(bytes -> Arrays.equals(bytes, footer))
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  void aFarPartIsTheFirstThingAskedForWhenItIsWantedFirst() {
    // Given
    ScriptedSource source = under.source(content);

    // When
    Fetch fetch = fetch(source, ByteRange.from(FAR));
    byte[] part = read(fetch.content(), FAR, END);
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(part).isEqualTo(Arrays.copyOfRange(content, FAR, SIZE));
    assertThat(whole).isEqualTo(content);
    assertThat(source.parts()).containsExactly(new Part(FAR, END), new Part(0, FAR));
    assertThat(source.sent()).isEqualTo(SIZE);
  }

  @Test
  void aPartBehindTheEndDoesNotFailTheFlight() {
    // Given
    ScriptedSource source =
        under
            .source(content)
            .refusing(new RegistryException(ErrorCode.UPSTREAM_INVALID, "no such part"));

    // When
    Fetch fetch = fetch(source, ByteRange.from(SIZE + 5L));

    // Then
    assertThat(readAll(fetch.content())).isEqualTo(content);
    assertThat(source.opens()).containsExactly(SIZE + 5L, 0L);
  }

  @Test
  void aSourceWithoutRangesIsReadOnceForAllParts() {
    // Given
    ScriptedSource source = under.source(content).withoutRanges();

    // When
    Fetch fetch = fetch(source, ByteRange.from(FAR));
    byte[] part = read(fetch.content(), FAR, FAR + 1000);
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(part).isEqualTo(Arrays.copyOfRange(content, FAR, FAR + 1000));
    assertThat(whole).isEqualTo(content);
    assertThat(source.sent()).isEqualTo(SIZE);
  }

  @Test
  void aSourceThatIsFoundToHaveNoRangesGoesOnAsItWas() {
    // Given
    ScriptedSource source = under.source(content).withoutRanges().gatedAt(MEBIBYTE);
    Content arriving = under.fetch(digest, source).content();
    Mono<byte[]> part = bytes(arriving.read(FAR, FAR + 1000)).cache();
    part.subscribe();
    await(() -> source.closed() == 1);

    // When
    source.openGate();

    // Then
    assertThat(result(part)).isEqualTo(Arrays.copyOfRange(content, FAR, FAR + 1000));
    assertThat(readAll(arriving)).isEqualTo(content);
    assertThat(source.opens()).containsExactly(0L, (long) FAR);
  }

  @Test
  void onlyWhatIsReadIsFetchedIfSoConfigured() {
    // Given
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content);

    // When
    Fetch fetch = fetch(source, new ByteRange(100, 200));
    byte[] first = read(fetch.content(), 100, 200);
    byte[] far = read(fetch.content(), FAR, FAR + 1000);
    byte[] again = read(fetch.content(), FAR + 200, FAR + 300);

    // Then
    assertThat(first).isEqualTo(Arrays.copyOfRange(content, 100, 200));
    assertThat(far).isEqualTo(Arrays.copyOfRange(content, FAR, FAR + 1000));
    assertThat(again).isEqualTo(Arrays.copyOfRange(content, FAR + 200, FAR + 300));
    assertThat(source.parts()).containsExactly(new Part(100, 200), new Part(FAR, FAR + 1000));
    assertThat(source.sent()).isEqualTo(1100);
  }

  @Test
  void whatWasReadInPartsIsStoredOnceItIsWhole() {
    // Given
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content);
    Fetch fetch = fetch(source, new ByteRange(FAR, SIZE));
    read(fetch.content(), FAR, SIZE);

    // When
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(whole).isEqualTo(content);
    fetch.done().block(PATIENCE);
    assertThat(under.isStored(content)).isTrue();
    assertThat(source.sent()).isEqualTo(SIZE);
  }

  @Test
  void aReaderThatLeavesEndsItsRequestWhenOnlyWhatIsReadIsFetched() {
    // Given
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content).gatedAt(5 * MEBIBYTE);
    Fetch fetch = under.fetch(digest, source);

    // When
    result(fetch.content().read(0, END).doOnNext(piece -> piece.release()).next());
    source.openGate();

    // Then
    await(() -> source.closed() == 1);
    assertThat(source.sent()).isLessThan(SIZE);
    assertThat(readAll(fetch.content())).isEqualTo(content);
  }

  @Test
  void aPartAtTheStartCostsNoMoreThanItselfIfSoConfigured() {
    // Given
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content);

    // When
    Fetch fetch = fetch(source, new ByteRange(0, 2));
    byte[] part = read(fetch.content(), 0, 2);

    // Then
    assertThat(part).isEqualTo(Arrays.copyOfRange(content, 0, 2));
    assertThat(source.parts()).containsExactly(new Part(0, 2));
  }

  @Test
  void aReaderToTheEndGetsWhatOthersLeftOut() {
    // Given
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content);
    Fetch fetch = fetch(source, new ByteRange(SIZE - 100_000, SIZE - 10_000));
    read(fetch.content(), SIZE - 100_000, SIZE - 10_000);

    // When
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(whole).isEqualTo(content);
    fetch.done().block(PATIENCE);
    assertThat(under.isStored(content)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFarPartOfASourceWithoutRangesIsReachedInOneGo(boolean lengthIsKnown) {
    // Given
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content).withoutRanges();
    ScriptedSource told = lengthIsKnown ? source : source.withoutLength();

    // When
    Fetch fetch = fetch(told, new ByteRange(FAR, FAR + 1000));
    byte[] part = read(fetch.content(), FAR, FAR + 1000);

    // Then
    assertThat(part).isEqualTo(Arrays.copyOfRange(content, FAR, FAR + 1000));
    assertThat(source.opens().size()).isLessThanOrEqualTo(2);
  }

  @Test
  void aPartIsFetchedInOneGoThoughNobodyKnowsWhichBytesAreTheLast() {
    // Given
    under.fillsWhatIsRead();
    int first = 3 * MEBIBYTE;
    int gate = first + 2000;
    ScriptedSource source = under.source(content).withoutRanges().withoutLength().gatedAt(gate);
    Fetch fetch = fetch(source, new ByteRange(first, first + 1000));
    Mono<byte[]> part = bytes(fetch.content().read(first, first + 1000)).cache();
    part.subscribe();

    // When: what the part needs has landed, and a reader may not have it yet.
    await(() -> under.fills().stream().anyMatch(file -> file.toFile().length() == gate));
    source.openGate();

    // Then
    assertThat(result(part)).isEqualTo(Arrays.copyOfRange(content, first, first + 1000));
    assertThat(source.opens()).containsExactly((long) first);
  }

  @Test
  void aReaderThatStallsHoldsNobodyElseUp() {
    // Given
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content);
    Fetch fetch = under.fetch(digest, source);
    HoldingSubscriber stalled = new HoldingSubscriber();
    fetch.content().read(0, END).subscribe(stalled);
    await(() -> source.sent() >= 8 * MEBIBYTE);

    // When
    byte[] part = read(fetch.content(), SIZE - 3_000_000, SIZE - 2_000_000);

    // Then
    assertThat(part).isEqualTo(Arrays.copyOfRange(content, SIZE - 3_000_000, SIZE - 2_000_000));
    stalled.cancel();
  }

  @Test
  void partsThatNobodyReadsMakeRoomAndTheirReadersGoOn() {
    // Given
    under.close();
    under = new CacheUnderTest(directory, DataSize.ofMegabytes(14), MEBIBYTE);
    under.fillsWhatIsRead();
    Fetch fetch = fetch(under.source(content), new ByteRange(0, 8 * MEBIBYTE));
    read(fetch.content(), 0, 8 * MEBIBYTE);
    byte[] other = random(42, SIZE);

    // When: the last request may not have been put away yet.
    await(
        () -> {
          readAll(under.fetch(Digest.sha256Of(other), under.source(other)).content());
          return under.isStored(other);
        });

    // Then
    assertThat(readAll(fetch.content())).isEqualTo(content);
  }

  @Test
  void partsThatNobodyCameForMakeRoom() {
    // Given
    under.close();
    under = new CacheUnderTest(directory, DataSize.ofMegabytes(14), MEBIBYTE);
    under.fillsWhatIsRead();
    ScriptedSource source = under.source(content);
    Fetch fetch = fetch(source, new ByteRange(0, 8 * MEBIBYTE));
    await(() -> source.closed() == 1);
    byte[] other = random(42, SIZE);

    // When: the last bytes may not have been put away yet.
    await(
        () -> {
          readAll(under.fetch(Digest.sha256Of(other), under.source(other)).content());
          return under.isStored(other);
        });

    // Then
    assertThat(readAll(fetch.content())).isEqualTo(content);
  }

  @Test
  void readersWhoStallKeepNobodyFromARequest() {
    // Given
    under.fillsWhatIsRead();
    int most = 9;
    int distance = 12 * MEBIBYTE;
    byte[] large = random(7, (most + 1) * distance);
    ScriptedSource source = under.source(large);
    Fetch fetch = under.fetch(Digest.sha256Of(large), source);
    List<HoldingSubscriber> stalled = new ArrayList<>();
    for (int number = 0; number < most; number++) {
      HoldingSubscriber reader = new HoldingSubscriber();
      fetch.content().read((long) number * distance, END).subscribe(reader);
      stalled.add(reader);
    }
    await(() -> source.sent() >= most * 8L * MEBIBYTE);

    // When
    byte[] part = read(fetch.content(), most * distance, most * distance + 1000);

    // Then
    assertThat(part).isEqualTo(Arrays.copyOfRange(large, most * distance, most * distance + 1000));
    stalled.forEach(HoldingSubscriber::cancel);
  }

  @Test
  void aLateWordOfTheWayChangesNoEnd() {
    // Given
    Progress progress = new Progress(new Progress.State.Arriving(0));
    progress.become(new Progress.State.Whole(10));

    // When
    progress.become(new Progress.State.Filling(new Extents(), 5, 5));

    // Then
    assertThat(progress.state()).isEqualTo(new Progress.State.Whole(10));
  }

  @Test
  void aLargeBlobIsFetchedBySeveralRequestsAtOnce() {
    // Given
    under.inParallel(3, DataSize.ofMegabytes(4));
    ScriptedSource source = under.source(content).gatedAt(1000);
    Fetch fetch = under.fetch(digest, source);

    // When
    await(() -> source.opens().size() >= 3);
    source.openGate();
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(whole).isEqualTo(content);
    assertThat(source.parts())
        .contains(
            new Part(0, END),
            new Part(MEBIBYTE, 2 * MEBIBYTE),
            new Part(2 * MEBIBYTE, 3 * MEBIBYTE));
    fetch.done().block(PATIENCE);
    assertThat(under.isStored(content)).isTrue();
  }

  @Test
  void aSmallerBlobIsFetchedByOneRequest() {
    // Given
    under.inParallel(3, DataSize.ofMegabytes(13));
    ScriptedSource source = under.source(content);

    // When
    under.fetch(digest, source).done().block(PATIENCE);

    // Then
    assertThat(source.opens()).containsExactly(0L);
  }

  @Test
  void aSourceWithoutRangesIsNotAskedForPartsTwice() {
    // Given
    under.inParallel(3, DataSize.ofMegabytes(4));
    ScriptedSource source = under.source(content).withoutRanges().gatedAt(1000);
    Fetch fetch = under.fetch(digest, source);
    await(() -> source.closed() == 2);

    // When
    source.openGate();
    byte[] whole = readAll(fetch.content());

    // Then
    assertThat(whole).isEqualTo(content);
    // One, two that were refused, and those that were sent before that was known.
    assertThat(source.opens()).hasSizeBetween(3, 5);
  }

  @Test
  void aWrongPartIsNeverServedToItsEndNorStored() {
    // Given
    under.inParallel(3, DataSize.ofMegabytes(4));
    byte[] wrong = content.clone();
    wrong[2 * MEBIBYTE + 7] ^= 1;
    Fetch fetch = under.fetch(digest, under.source(wrong));

    // When
    Flux<Integer> received =
        fetch
            .content()
            .read(0, END)
            .map(
                piece -> {
                  int count = piece.readableBytes();
                  piece.release();
                  return count;
                });

    // Then
    StepVerifier.create(received.reduce(0, Integer::sum))
        .expectError(RegistryException.class)
        .verify(PATIENCE);
    assertThat(under.isStored(content)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyPartIsExactWhateverBreaksAndWhoeverReads(int seed) {
    // Given
    Random random = new Random(seed);
    under.inParallel(1 + random.nextInt(4), DataSize.ofMegabytes(2));
    if (seed % 3 == 0) {
      under.fillsWhatIsRead();
    }
    ScriptedSource source = under.source(content).pieces(1 + random.nextInt(100_000));
    long[] breaks = random.longs(3, 0, SIZE).toArray();
    source.breakingAt(breaks);
    Fetch fetch = fetch(source, ByteRange.from(random.nextInt(SIZE)));
    List<Mono<Boolean>> readers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int from = random.nextInt(SIZE);
      int to = Math.min(SIZE, from + 1 + random.nextInt(i % 4 == 0 ? SIZE : 50_000));
      boolean isOpen = i % 5 == 0;
      readers.add(
          bytes(fetch.content().read(from, isOpen ? END : to))
              .map(
                  bytes ->
                      Arrays.equals(bytes, Arrays.copyOfRange(content, from, isOpen ? SIZE : to))));
    }

    // When
    Flux<Boolean> all = Flux.merge(Flux.fromIterable(readers), 16);

    // Then
    AtomicReference<List<Boolean>> exact = new AtomicReference<>(List.of());
    AtomicBoolean isOver = new AtomicBoolean();
    all.collectList().doFinally(_ -> isOver.set(true)).subscribe(exact::set);
    await(
        () -> {
          under.timer.advanceTimeBy(Duration.ofSeconds(1));
          return isOver.get();
        });
    assertThat(exact.get()).hasSize(40).doesNotContain(false);
  }

  private Fetch fetch(ScriptedSource source, ByteRange wish) {
    return result(under.cache().fetch(digest, source, Optional.of(wish)));
  }
}
