package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.CacheSettings;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.util.unit.DataSize;

/** Parts of blobs that are not here yet, as parallel and lazy clients ask for them. */
final class ColdPartsTest {

  private static final int MEBIBYTE = 1024 * 1024;
  private static final int LENGTH = 12 * MEBIBYTE;
  private static final int FAR = 9 * MEBIBYTE;
  private static final TestBlob BLOB = TestBlob.of(31, LENGTH);
  private static final String PATH = "team/app/blobs/" + BLOB.digest();

  private static final String OTHER_PATH = "team/other/blobs/" + BLOB.digest();

  /** Before its source had answered, or after. */
  private static final String JOINED_A_RETRY =
      "entrepot; fwd=uri-miss; (stored; collapsed; detail="
          + "|fwd-status=200; detail=content-known\\+)retried-1";

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", BLOB);
  }

  @Test
  void farPartOfABlobUnderWayDoesNotWaitForWhatLiesBefore() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.holdAt(1000, gate));
    try (HttpProbe first = mirror.connect().request("GET", ProxiedRegistry.target(PATH))) {
      first.readHead();

      // When
      ProbeAnswer part = mirror.get(PATH, "Range: bytes=%d-%d".formatted(FAR, FAR + 999));
      ProbeAnswer footer = mirror.get(PATH, "Range: bytes=-100");
      ProbeAnswer several = mirror.get(PATH, "Range: bytes=0-9,%d-%d".formatted(FAR, FAR + 9));

      // Then
      assertPart(part, FAR, FAR + 1000);
      assertPart(footer, LENGTH - 100, LENGTH);
      assertThat(several.status()).isEqualTo(206);
      assertThat(several.text()).contains("Content-Range: bytes %d-%d/".formatted(FAR, FAR + 9));
      gate.open();
    }
    mirror.awaitStored(BLOB.digest());
    assertThat(mirror.registry().requests().stream().map(asked -> asked.header("Range")))
        .as("one request for the whole, one for each part that was not there")
        .hasSize(3);
  }

  /** containerd asks for the first byte on, then for open ranges that it closes early. */
  @Test
  void openPartsFetchedAtOnceCostUpstreamOneBlob() throws IOException {
    // Given
    int chunk = LENGTH / 4;

    // When
    try (HttpProbe a = open(0);
        HttpProbe b = open(chunk);
        HttpProbe c = open(2 * chunk);
        HttpProbe d = open(3 * chunk)) {
      assertThat(d.read(chunk)).isEqualTo(BLOB.bytes(3L * chunk, chunk));
      assertThat(c.read(chunk)).isEqualTo(BLOB.bytes(2L * chunk, chunk));
      assertThat(b.read(chunk)).isEqualTo(BLOB.bytes(chunk, chunk));
      assertThat(a.read(chunk)).isEqualTo(BLOB.bytes(0, chunk));
    }

    // Then
    mirror.awaitStored(BLOB.digest());
    assertThat(mirror.registry().bodyBytesSent())
        .as("what was read and one fill, with what was on its way when a request was cut short")
        .isLessThan(2L * LENGTH + 4L * MEBIBYTE);
    assertThat(mirror.registry().count("GET", BLOB.digest())).isLessThanOrEqualTo(4);
  }

  @Test
  void farPartIsAskedForFirstWhenNothingIsUnderWay() throws IOException {
    // When
    ProbeAnswer part = mirror.get(PATH, "Range: bytes=" + FAR + "-");

    // Then
    assertPart(part, FAR, LENGTH);
    mirror.awaitStored(BLOB.digest());
    assertThat(mirror.registry().requests().getFirst().header("Range"))
        .hasValue("bytes=" + FAR + "-");
    assertThat(mirror.registry().bodyBytesSent()).isEqualTo(LENGTH);
  }

  @Test
  void partBehindTheEndOfAColdBlobIs416() {
    // When
    ProbeAnswer none = mirror.get(PATH, "Range: bytes=%d-".formatted(LENGTH + 1));

    // Then
    assertThat(none.status()).isEqualTo(416);
    assertThat(none.header("Content-Range")).hasValue("bytes */" + LENGTH);
  }

  /** As stargz, SOCI and nydus do, for hours. */
  @Test
  void lazyReaderCostsWhatItReadsIfSoConfigured() throws IOException {
    // Given
    mirror.restart(recipe -> recipe.cache(CacheSettings::fillsWhatIsRead));
    var random = new Random(5);
    long read = 0;

    // When
    for (int turn = 0; turn < 60; turn++) {
      int from = random.nextInt(LENGTH - 5000);
      int count = 1 + random.nextInt(5000);
      ProbeAnswer part = mirror.get(PATH, "Range: bytes=%d-%d".formatted(from, from + count - 1));
      assertPart(part, from, from + count);
      read += count;
    }

    // Then
    assertThat(mirror.registry().bodyBytesSent()).isLessThanOrEqualTo(read);
  }

  @Test
  void lazyReaderOutlivesSignedUrlsAndTokens() throws IOException {
    // Given
    mirror.restart(recipe -> recipe.cache(CacheSettings::fillsWhatIsRead));
    try (var cdn = FakeCdn.start().expiringAfter(1)) {
      mirror.registry().redirectingBlobs(cdn);

      // When, Then
      for (int from = 0; from < LENGTH; from += 2 * MEBIBYTE) {
        assertPart(
            mirror.get(PATH, "Range: bytes=%d-%d".formatted(from, from + 9)), from, from + 10);
      }
    }
  }

  @Test
  void largeBlobIsFetchedInPartsAtOnce() throws IOException {
    // Given
    mirror.restart(
        recipe -> recipe.cache(settings -> settings.inParallel(4, DataSize.ofMegabytes(4))));

    // When
    ProbeAnswer whole = mirror.get(PATH);

    // Then
    assertThat(whole.status()).isEqualTo(200);
    assertThat(whole.body().length()).isEqualTo(LENGTH);
    assertThat(whole.body().bytes(0, LENGTH)).isEqualTo(BLOB.bytes(0, LENGTH));
    mirror.awaitStored(BLOB.digest());
    assertThat(mirror.registry().count("GET", BLOB.digest())).isGreaterThan(4);
  }

  @Test
  void upstreamThatRefusesPartsIsAskedForTheWhole() throws IOException {
    // Given
    mirror.restart(
        recipe -> recipe.cache(settings -> settings.inParallel(4, DataSize.ofMegabytes(4))));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.ignoringRange());

    // When
    ProbeAnswer whole = mirror.get(PATH);

    // Then
    assertThat(whole.body().bytes(0, LENGTH)).isEqualTo(BLOB.bytes(0, LENGTH));
  }

  @Test
  void upstreamThatHasRefusedAPartIsAskedForNoOtherForAWhile() throws IOException {
    // Given
    TestBlob next = TestBlob.of(32, LENGTH);
    mirror.registry().push("team/app", next);
    mirror.restart(
        recipe -> recipe.cache(settings -> settings.inParallel(4, DataSize.ofMegabytes(4))));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.ignoringRange());
    mirror.get(PATH);
    mirror.awaitStored(BLOB.digest());

    // When
    ProbeAnswer whole = mirror.get("team/app/blobs/" + next.digest());

    // Then
    assertThat(whole.body().bytes(0, LENGTH)).isEqualTo(next.bytes(0, LENGTH));
    assertThat(mirror.registry().count("GET", next.digest())).isEqualTo(1);
  }

  @Test
  void restOfABrokenBlobIsAskedForOnlyIfItIsStillTheSame() throws IOException {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.finAt(5_000_000));

    // When
    ProbeAnswer whole = mirror.get(PATH);

    // Then
    assertThat(whole.body().bytes(0, LENGTH)).isEqualTo(BLOB.bytes(0, LENGTH));
    var resumed = mirror.registry().requests().getLast();
    assertThat(resumed.header("Range")).hasValue("bytes=5000000-");
    assertThat(resumed.header("If-Range")).isPresent();
  }

  @Test
  void upstreamThatFailsForAWhileAmidABlobCostsAPause() throws IOException {
    // Given
    var blobs = mirror.registry().chaos().when(RequestMatch.get("/blobs/"));
    blobs.once(Fault.rstAt(5_000_000));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).times(2, Fault.answer(503));

    // When
    ProbeAnswer whole = mirror.get(PATH);

    // Then
    assertThat(whole.end()).isEqualTo(ProbeAnswer.End.COMPLETE);
    assertThat(whole.body().bytes(0, LENGTH)).isEqualTo(BLOB.bytes(0, LENGTH));
  }

  @Test
  void whoJoinsAResumedFlightIsTold() {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.rstAt(1_000_000));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.holdAt(1000, gate));
    try (HttpProbe first = mirror.connect().request("GET", ProxiedRegistry.target(PATH));
        HttpProbe second = mirror.connect()) {
      first.readHead();
      Await.until(
          "the flight to be resumed", () -> mirror.registry().count("GET", BLOB.digest()) == 2);
      assertThat(first.read(1_000_500)).isEqualTo(BLOB.bytes(0, 1_000_500));

      // When
      second.request("GET", ProxiedRegistry.target(PATH));

      // Then
      assertThat(second.readHead().header("Cache-Status"))
          .hasValue("entrepot; fwd=uri-miss; stored; collapsed; detail=resumed-1");
      gate.open();
    }
  }

  @Test
  void anotherRepositoryThatJoinsAResumedFlightIsTold() {
    // Given
    var gate = new Gate();
    mirror.registry().push("team/other", BLOB);
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.rstAt(1_000_000));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.holdAt(1000, gate));
    try (HttpProbe first = mirror.connect().request("GET", ProxiedRegistry.target(PATH));
        HttpProbe second = mirror.connect()) {
      first.readHead();
      assertThat(first.read(1_000_500)).isEqualTo(BLOB.bytes(0, 1_000_500));

      // When
      second.request("GET", ProxiedRegistry.target(OTHER_PATH));

      // Then
      assertThat(second.readHead().header("Cache-Status"))
          .hasValue("entrepot; fwd=uri-miss; fwd-status=200; detail=content-known+resumed-1");
      gate.open();
    }
  }

  @Test
  void whoeverHasAFlightThatWasRetriedIsTold() {
    // Given
    var opening = new Gate();
    var rest = new Gate();
    mirror.registry().push("team/other", BLOB);
    var blobs = mirror.registry().chaos().when(RequestMatch.get("/blobs/"));
    blobs.once(Fault.answer(503));
    blobs.once(Fault.holdBeforeHead(opening).and(Fault.holdAt(1000, rest)));
    try (HttpProbe first = mirror.connect().request("GET", ProxiedRegistry.target(PATH));
        HttpProbe second = mirror.connect();
        HttpProbe third = mirror.connect()) {
      opening.awaitArrivals(1);
      second.request("GET", ProxiedRegistry.target(PATH));
      third.request("GET", ProxiedRegistry.target(OTHER_PATH));
      // These two have most likely joined when an answer from farther away is here.
      assertThat(mirror.get("team/other/manifests/none").status()).isEqualTo(404);

      // When
      opening.open();

      // Then
      assertThat(first.readHead().header("Cache-Status"))
          .hasValue("entrepot; fwd=uri-miss; stored; detail=retried-1");
      assertThat(second.readHead().header("Cache-Status").orElseThrow()).matches(JOINED_A_RETRY);
      assertThat(third.readHead().header("Cache-Status").orElseThrow()).matches(JOINED_A_RETRY);
      rest.open();
    }
  }

  @Test
  void contentThatPassesThroughAfterARetryIsToldOf() {
    // Given
    mirror.restart(recipe -> recipe.maxSize(DataSize.ofMegabytes(1)));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.answer(503));

    // When
    ProbeAnswer whole = mirror.get(PATH);

    // Then
    assertThat(whole.header("Cache-Status")).hasValue("entrepot; fwd=uri-miss; detail=retried-1");
    assertThat(whole.body().bytes(0, LENGTH)).isEqualTo(BLOB.bytes(0, LENGTH));
  }

  private HttpProbe open(int from) {
    HttpProbe probe =
        mirror.connect().request("GET", ProxiedRegistry.target(PATH), "Range: bytes=" + from + "-");
    assertThat(probe.readHead().header("Content-Range"))
        .hasValue("bytes %d-%d/%d".formatted(from, LENGTH - 1, LENGTH));
    return probe;
  }

  private static void assertPart(ProbeAnswer answer, int first, int end) {
    assertThat(answer.status()).isEqualTo(206);
    assertThat(answer.header("Content-Range"))
        .hasValue("bytes %d-%d/%d".formatted(first, end - 1, LENGTH));
    assertThat(answer.header("Content-Length")).hasValue(String.valueOf(end - first));
    assertThat(answer.body().bytes(0, end - first)).isEqualTo(BLOB.bytes(first, end - first));
  }
}
