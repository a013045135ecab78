package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import dev.entrepot.testing.FakeCdn;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.ProbeAnswer;
import dev.entrepot.testing.ProbeAnswer.End;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.Timeouts;
import dev.entrepot.upstream.TimeoutProperties;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** What becomes of a body when upstream breaks in the middle of it. */
final class BrokenUpstreamTest {

  private static final int LENGTH = 500_000;
  private static final TestBlob BLOB = TestBlob.of(31, LENGTH);
  private static final String PATH = "team/app/blobs/" + BLOB.digest();
  private static final TimeoutProperties SHORT =
      Timeouts.of(Duration.ofSeconds(2), Duration.ofMillis(400), DataSize.ofKilobytes(1));

  @RegisterExtension
  private final ProxiedRegistry mirror = ProxiedRegistry.with(recipe -> recipe.timeouts(SHORT));

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", BLOB);
  }

  static Stream<Arguments> breaks() {
    return Stream.of(0L, 1L, 250_000L, LENGTH - 1L)
        .flatMap(
            at ->
                Stream.of(
                    Arguments.of("FIN at " + at, Fault.finAt(at), at),
                    Arguments.of("RST at " + at, Fault.rstAt(at), at),
                    Arguments.of("hang at " + at, Fault.hangAt(at), at)));
  }

  /** Assertion 24, A 3 and A 5: the client sees a pause only. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("breaks")
  void brokenTransferIsResumedWhereItBroke(String name, Fault fault, long at) {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(fault);

    // When
    var answer = mirror.get(PATH);

    // Then
    assertWhole(answer);
    mirror.awaitStored(BLOB.digest());
    assertThat(mirror.get(PATH).header("Cache-Status")).hasValue("entrepot; hit");
    var last = mirror.registry().requests().getLast();
    assertThat(last.header("Range").orElse("")).isEqualTo(at == 0 ? "" : "bytes=" + at + "-");
  }

  /** Assertion 24: by whoever has the rest. */
  @Test
  void brokenTransferIsResumedAtTheNextEndpointWhenItsOwnIsGone() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.rstAt(200_000));
    mirror.registry().chaos().when(RequestMatch.any()).always(Fault.rstBeforeHead());
    var meters = new SimpleMeterRegistry();
    try (FakeRegistry second = FakeRegistry.start().push("team/app", BLOB)) {
      mirror.restart(
          recipe ->
              recipe
                  .meters(new Meters(meters))
                  .upstreams(mirror.rule().then(second.uri()).build()));

      // When
      var answer = mirror.get(PATH);

      // Then
      assertWhole(answer);
      assertThat(second.requests())
          .singleElement()
          .satisfies(rest -> assertThat(rest.header("Range")).hasValue("bytes=200000-"));
      mirror.awaitStored(BLOB.digest());
      assertThat(meters.counter("entrepot.flights.requests", "why", "resumed").count())
          .isEqualTo(1);
    }
  }

  /** A 4: one that only drips is as good as broken. */
  @Test
  void drippingTransferIsResumedWhereItGrewSlow() {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.get("/blobs/"))
        .once(Fault.dripAt(200_000, Duration.ofMillis(20)));

    // When, Then
    assertWhole(mirror.get(PATH));
    assertThat(mirror.registry().requests()).hasSize(2);
  }

  /** A 5: started over behind the scenes, with what the client already has left out. */
  @Test
  void transferIsResumedFromAnUpstreamWithoutRanges() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.rstAt(200_000));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.ignoringRange());

    // When, Then
    assertWhole(mirror.get(PATH));
  }

  /** A 13: a signed URL that has expired is signed anew. */
  @Test
  void expiredUrlIsSignedAnewOnResume() {
    // Given
    try (var cdn = FakeCdn.start().expiringAfter(1)) {
      mirror.registry().redirectingBlobs(cdn);
      cdn.chaos().when(RequestMatch.get("/blobs/")).once(Fault.rstAt(200_000));

      // When, Then
      assertWhole(mirror.get(PATH));
      assertThat(mirror.registry().count("GET", BLOB.digest())).isEqualTo(2);
    }
  }

  /** Assertion 24, S-23: FIN lets containerd resume, RST kills its pull. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 300_000, LENGTH - 1})
  void whatCannotBeResumedEndsShortWithFin(int at) throws IOException {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.rstAt(at));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.rstBeforeHead());

    // When
    var broken = mirror.get(PATH);
    mirror.registry().chaos().clear();
    mirror.clock().advance(Duration.ofMinutes(1));

    // Then
    assertThat(broken.status()).isEqualTo(200);
    assertThat(broken.headers("Content-Length")).containsExactly("" + LENGTH);
    assertThat(broken.header("Transfer-Encoding")).isEmpty();
    assertThat(broken.end()).isEqualTo(End.FIN);
    assertPrefix(broken);
    assertNothingStored();
    assertWhole(mirror.get(PATH));
  }

  /** Assertion 24: the same when upstream never said how long the blob is. */
  @Test
  void truncatedChunkedBodyIsNotEndedAsIfWhole() throws IOException {
    // Given
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.get("/blobs/"))
        .once(Fault.chunked().and(Fault.rstAt(300_000)));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.rstBeforeHead());

    // When
    var broken = mirror.get(PATH);

    // Then
    assertThat(broken.end()).isEqualTo(End.FIN);
    assertPrefix(broken);
    assertNothingStored();
  }

  /** Assertion 24: a range that breaks ends short too. */
  @Test
  void brokenRangeEndsShortWithFin() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.rstAt(300_000));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.rstBeforeHead());

    // When
    var broken = mirror.get(PATH, "Range: bytes=100000-");

    // Then
    assertThat(broken.status()).isEqualTo(206);
    assertThat(broken.headers("Content-Length")).containsExactly("400000");
    assertThat(broken.end()).isEqualTo(End.FIN);
    assertThat(broken.body().length()).isLessThan(400_000);
  }

  /** Assertion 25, A 7. */
  @ParameterizedTest
  @ValueSource(ints = {0, 123_456, LENGTH - 1})
  void wrongBytesAreNeverServedToTheirEnd(int flipped) throws IOException {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.flipByteAt(flipped));

    // When
    var wrong = mirror.get(PATH);
    mirror.registry().chaos().clear();

    // Then
    assertThat(wrong.end()).isEqualTo(End.FIN);
    assertThat(wrong.body().length()).isLessThan(LENGTH);
    assertNothingStored();
    assertWhole(mirror.get(PATH));
  }

  /** Assertion A 7: nobody was given any of it, so that nobody need know. */
  @Test
  void wrongSmallBlobIsFetchedFromTheNextEndpoint() {
    // Given
    TestBlob small = TestBlob.of(9, 10_000);
    mirror.registry().push("team/app", small);
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.flipByteAt(7));
    try (FakeRegistry honest = FakeRegistry.start().push("team/app", small)) {
      mirror.restart(recipe -> recipe.upstreams(mirror.rule().then(honest.uri()).build()));

      // When
      var answer = mirror.get("team/app/blobs/" + small.digest());

      // Then
      assertThat(answer.status()).isEqualTo(200);
      assertThat(Hashing.digest(answer.body())).isEqualTo(small.digest());
      assertThat(mirror.registry().requests()).hasSize(1);
      assertThat(honest.requests()).hasSize(1);
    }
  }

  /** Assertion 25: nor the end of them alone. */
  @Test
  void endOfAWrongBlobIsNotServedAsARangeEither() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.flipByteAt(7));

    // When
    var wrong = mirror.get(PATH, "Range: bytes=499000-");

    // Then
    assertThat(wrong.status()).isEqualTo(502);
    assertThat(wrong.header("ETag")).isEmpty();
    assertThat(wrong.text()).contains("errors");
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        Arguments.of("too small", Fault.contentLength(LENGTH - 1000)),
        Arguments.of("too large", Fault.contentLength(LENGTH + 1000)),
        Arguments.of("zero", Fault.contentLength(0)),
        Arguments.of("said twice", Fault.secondContentLength(LENGTH - 7)));
  }

  /** A 6. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void wrongLengthIsNeverACleanAnswer(String name, Fault lie) throws IOException {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(lie);

    // When
    var answer = mirror.get(PATH);
    mirror.registry().chaos().clear();

    // Then
    assertThat(answer.status() >= 500 || answer.end() == End.FIN)
        .as(answer.statusLine() + " " + answer.end())
        .isTrue();
    assertNothingStored();
    assertWhole(mirror.get(PATH));
  }

  /** A 6: no length, or one that only the end of the connection shows. */
  @Test
  void missingLengthIsNoReasonToFail() {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).once(Fault.untilClose());

    // When, Then
    assertThat(Hashing.digest(mirror.get(PATH).body())).isEqualTo(BLOB.digest());
  }

  /** A 15. */
  @Test
  void compressionThatNobodyAskedForIsNotServedAsContent() throws IOException {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.gzipped());

    // When
    var answer = mirror.get(PATH);
    mirror.registry().chaos().clear();

    // Then
    assertThat(answer.status() >= 500 || answer.end() == End.FIN).isTrue();
    assertThat(answer.header("Content-Encoding")).isEmpty();
    assertNothingStored();
    assertWhole(mirror.get(PATH));
  }

  /** A 1: what is wrong for one is not right for those who joined in. */
  @Test
  void everyReaderOfABrokenFlightEndsShort() {
    // Given
    var gate = new Gate();
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.get("/blobs/"))
        .once(Fault.holdAt(200_000, gate).and(Fault.rstAt(200_001)));
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.rstBeforeHead());
    mirror.restart(recipe -> recipe.timeouts(TimeoutProperties.defaults()));
    try (var first = mirror.connect();
        var second = mirror.connect()) {
      first.request("GET", ProxiedRegistry.target(PATH));
      var head = first.readHead();
      second.request("GET", ProxiedRegistry.target(PATH));
      second.readHead();

      // When
      gate.open();

      // Then
      assertThat(head.status()).isEqualTo(200);
      assertThat(first.readToEnd()).isEqualTo(End.FIN);
      assertThat(second.readToEnd()).isEqualTo(End.FIN);
    }
  }

  private static void assertWhole(ProbeAnswer answer) {
    assertThat(answer.status()).as(answer.statusLine()).isEqualTo(200);
    assertThat(answer.end()).isEqualTo(End.COMPLETE);
    assertThat(answer.headers("Content-Length")).containsExactly("" + LENGTH);
    assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
  }

  private static void assertPrefix(ProbeAnswer answer) {
    int had = (int) answer.body().length();
    assertThat(had).isLessThan(LENGTH);
    assertThat(answer.body().toBytes()).isEqualTo(BLOB.bytes(0, had));
  }

  private void assertNothingStored() throws IOException {
    try (Stream<Path> files = Files.walk(mirror.directory().resolve("cache/blobs"))) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }
}
