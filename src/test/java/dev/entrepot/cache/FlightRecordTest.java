package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.read;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.ScriptedSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

/** What an operator is told of a blob's way here: in one line, and in the meters. */
class FlightRecordTest {

  private static final int SIZE = 1_000_000;

  @TempDir private Path directory;
  private final byte[] content = random(41, SIZE);
  private final Digest digest = Digest.sha256Of(content);
  private final LogLines log = LogLines.listen();
  private CacheUnderTest under;

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory);
  }

  @AfterEach
  void close() {
    log.close();
    under.close();
  }

  @Test
  void aResumedFlightSaysSo() {
    // Given
    ScriptedSource source = under.source(content).breakingAt(100_000, 700_000);

    // When
    fetchAll(source);

    // Then
    assertTold("outcome=stored bytes=1000000 requests=3 resumed=2 restarted=0 retried=0 ahead=0");
    assertThat(requests("resumed")).isEqualTo(2);
    assertThat(requests("restarted") + requests("retried")).isZero();
  }

  @Test
  void aRestartedFlightSaysSo() {
    // Given
    ScriptedSource source = under.source(content).withoutRanges().breakingAt(500_000, 800_000);

    // When
    fetchAll(source);

    // Then
    assertTold("outcome=stored bytes=1000000 requests=3 resumed=0 restarted=2 retried=0 ahead=0");
    assertThat(requests("restarted")).isEqualTo(2);
    assertThat(requests("resumed") + requests("retried")).isZero();
  }

  /** Nothing had come that could have been resumed. */
  @Test
  void aRequestThatBroughtNothingIsRetried() {
    // Given
    ScriptedSource source = under.source(content).breakingAt(0);

    // When
    fetchAll(source);

    // Then
    assertTold("outcome=stored bytes=1000000 requests=2 resumed=0 restarted=0 retried=1 ahead=0");
    assertThat(requests("retried")).isEqualTo(1);
  }

  @Test
  void whatTheSourceHadToRetryIsCountedForEachOfItsStreams() {
    // Given
    ScriptedSource source = under.source(content).retrying(2).breakingAt(500_000);

    // When
    fetchAll(source);

    // Then
    assertTold("outcome=stored bytes=1000000 requests=2 resumed=1 restarted=0 retried=4 ahead=0");
    assertThat(requests("retried")).isEqualTo(4);
  }

  @Test
  void aSecondFlightAfterWrongBytesIsARetry() {
    // Given
    byte[] small = random(42, 10_000);
    ScriptedSource source = under.source(small).lying(1);

    // When
    byte[] received = readAll(under.fetch(Digest.sha256Of(small), source).content());

    // Then
    assertThat(received).isEqualTo(small);
    await(() -> under.flights("stored") == 1);
    await(() -> lines().size() == 2);
    assertThat(lines().getFirst())
        .contains("outcome=mismatch bytes=10000 requests=1 resumed=0 restarted=0 retried=0");
    assertThat(lines().getLast())
        .contains("outcome=stored bytes=10000 requests=1 resumed=0 restarted=0 retried=1");
    assertThat(requests("retried")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "true,  0, 500000, 600000, resumed-1",
    "false, 0, 500000, 600000, restarted-1",
    "true,  3, 500000, 600000, resumed-1+retried-6",
    "false, 3, 500000, 600000, restarted-1+retried-6",
    "false, 0, 0,      600000, retried-1",
    "true,  0, 700000, 600000, ",
  })
  void whoeverJoinsIsToldWhatHappenedSoFar(
      boolean hasRanges, int retries, long broken, long gate, String history) {
    // Given
    ScriptedSource source = under.source(content).retrying(retries).breakingAt(broken);
    source.gatedAt(gate);
    if (!hasRanges) {
      source.withoutRanges();
    }
    Fetch fetch = under.fetch(digest, source);

    // When
    read(fetch.content(), 0, Math.clamp(broken, 1000, gate) - 1);
    await(() -> source.opens().size() == (broken < gate ? 2 : 1));

    // Then
    await(() -> fetch.content().history().orElse("").equals(history == null ? "" : history));
    source.openGate();
    readAll(fetch.content());
  }

  @Test
  void allThatHappenedIsTold() {
    // Given
    FlightRecord record = new FlightRecord();
    String nothing = record.history().orElse("");

    // When
    record.resumed();
    record.resumed();
    record.restarted();
    record.retried(3);

    // Then
    assertThat(nothing).isEmpty();
    assertThat(record.history()).hasValue("resumed-2+restarted-1+retried-3");
    assertThat(record.toString())
        .matches("requests=0 resumed=2 restarted=1 retried=3 ahead=0 ms=\\d+");
  }

  @Test
  void contentThatPassesThroughIsToldOfOnceItHasPassed() {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source = under.source(content).retrying(1).breakingAt(300_000);
    Content passed = under.fetch(digest, source).content();
    List<String> before = lines();

    // When
    byte[] received = readAll(passed);

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(before).isEmpty();
    assertThat(passed.history()).hasValue("resumed-1+retried-2");
    assertTold("outcome=uncached bytes=1000000 requests=2 resumed=1 restarted=0 retried=2 ahead=0");
    assertThat(requests("resumed")).isEqualTo(1);
    assertThat(requests("retried")).isEqualTo(2);
    assertThat(under.flights("uncached")).isEqualTo(1);
  }

  @Test
  void everyFurtherReaderOfPassedContentIsToldOfByItself() {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source = under.source(content).withoutRanges();
    Content passed = under.fetch(digest, source).content();
    readAll(passed);
    source.breakingAt(400_000);

    // When
    byte[] second = readAll(passed);
    byte[] part = read(passed, 0, 1000);

    // Then
    assertThat(second).isEqualTo(content);
    assertThat(part).isEqualTo(Arrays.copyOf(content, 1000));
    assertThat(lines()).hasSize(3);
    assertThat(lines().get(1))
        .contains("outcome=passed bytes=1000000 requests=2 resumed=0 restarted=1 retried=0");
    assertThat(lines().get(2)).contains("outcome=passed").contains("requests=1 resumed=0");
    assertThat(under.flights("uncached")).isEqualTo(1);
    assertThat(under.flights("passed")).isEqualTo(2);
    assertThat(requests("restarted")).isEqualTo(1);
  }

  @Test
  void aPassedStreamThatNobodyReadsIsToldOfWhenItIsClosed() {
    // Given
    under.volume.breakDown("create");
    under.fetch(digest, under.source(content));

    // When
    under.timer.advanceTimeBy(Duration.ofSeconds(10));

    // Then
    assertTold("outcome=uncached bytes=0 requests=1 resumed=0 restarted=0 retried=0 ahead=0");
    assertThat(under.flights("uncached")).isEqualTo(1);
  }

  @Test
  void aPassedReaderThatLeavesIsToldOfWithWhatCame() {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source = under.source(content).gatedAt(500_000);
    Content passed = under.fetch(digest, source).content();

    // When
    bytes(passed.read(0, Long.MAX_VALUE).take(3)).block(CacheUnderTest.PATIENCE);

    // Then
    assertTold("outcome=uncached bytes=\\d{5,6} requests=1 resumed=0 restarted=0 retried=0");
    assertThat(under.flights("uncached")).isEqualTo(1);
  }

  @Test
  void wrongBytesThatPassThroughAreToldOfAsSuch() {
    // Given
    under.volume.breakDown("create");
    Content passed = under.fetch(digest, under.source(content).lying(2)).content();

    // When
    assertThatThrownBy(() -> readAll(passed)).isInstanceOf(RegistryException.class);
    assertThatThrownBy(() -> readAll(passed)).isInstanceOf(RegistryException.class);

    // Then
    assertThat(lines()).hasSize(2).allMatch(line -> line.contains("outcome=mismatch"));
    assertThat(under.flights("mismatch")).isEqualTo(2);
  }

  @Test
  void aPassedSourceThatIsGivenUpIsToldOfAsFailed() {
    // Given
    under.volume.breakDown("create");
    ScriptedSource source =
        under.source(content).announcing(SIZE + 1).breakingAt(1000, 1000, 1000, 1000);
    Content passed = under.fetch(digest, source).content();

    // When
    Mono<byte[]> reader = bytes(passed.read(0, Long.MAX_VALUE)).cache();
    reader.onErrorComplete().subscribe();
    await(
        () -> {
          under.timer.advanceTimeBy(Duration.ofSeconds(1));
          return lines().size() == 1;
        });

    // Then
    assertThatThrownBy(() -> result(reader)).isInstanceOf(RegistryException.class);
    assertTold("outcome=failed bytes=1000 requests=4 resumed=3 restarted=0 retried=0 ahead=0");
    assertThat(under.flights("failed")).isEqualTo(1);
  }

  @Test
  void readersThatTheDiskHasLeftAreToldOfBesidesTheFlight() {
    // Given
    under.volume.writableTo(400_000);
    ScriptedSource source = under.source(content).gatedAt(300_000);
    Content left = under.fetch(digest, source).content();
    List<Mono<byte[]>> readers =
        IntStream.range(0, 3).mapToObj(_ -> bytes(left.read(0, Long.MAX_VALUE)).cache()).toList();
    readers.forEach(Mono::subscribe);

    // When
    source.openGate();

    // Then
    assertThat(readers).allSatisfy(reader -> assertThat(result(reader)).isEqualTo(content));
    await(() -> under.flights("uncached") == 1);
    assertThat(under.flights("passed")).isEqualTo(3);
    await(() -> lines().size() == 4);
    assertThat(lines()).filteredOn(line -> line.contains("outcome=passed")).hasSize(3);
  }

  private void fetchAll(ScriptedSource source) {
    Fetch fetch = under.fetch(digest, source);
    assertThat(readAll(fetch.content())).isEqualTo(content);
    fetch.done().block(CacheUnderTest.PATIENCE);
  }

  private double requests(String why) {
    return under.meters.counter("entrepot.flights.requests", "why", why).count();
  }

  private List<String> lines() {
    return log.all().stream().filter(line -> line.startsWith("blob fetched ")).toList();
  }

  private void assertTold(String fields) {
    assertThat(lines()).hasSize(1);
    assertThat(lines().getFirst().strip())
        .matches("blob fetched digest=" + digest + " " + fields + ".* ms=\\d+");
  }
}
