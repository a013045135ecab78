package dev.entrepot.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FakeServerTest {

  private static final TestBlob BLOB = TestBlob.of(1, 3_000_000);

  private final FakeServer server =
      FakeServer.start(
          request ->
              request.path().equals("/empty")
                  ? Reply.of(200)
                  : Ranges.answer(request, BLOB, "\"tag\""));

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 70_000, 2_999_999})
  void rstComesAfterExactlySoManyBytes(int position) {
    // Given
    server.chaos().when(RequestMatch.any()).once(Fault.rstAt(position));
    // When
    var answer = HttpProbe.get(server.uri(), "/blob");
    // Then
    assertThat(answer.end()).isEqualTo(ProbeAnswer.End.RST);
    assertThat(answer.body().toBytes()).isEqualTo(BLOB.bytes(0, position));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 70_000, 2_999_999})
  void finComesAfterExactlySoManyBytes(int position) {
    // Given
    server.chaos().when(RequestMatch.any()).once(Fault.finAt(position));
    // When
    var answer = HttpProbe.get(server.uri(), "/blob");
    // Then
    assertThat(answer.end()).isEqualTo(ProbeAnswer.End.FIN);
    assertThat(answer.body().toBytes()).isEqualTo(BLOB.bytes(0, position));
    assertThat(answer.header("Content-Length")).hasValue("3000000");
  }

  @Test
  void connectionMayEndBeforeTheStatusLine() {
    // Given
    server
        .chaos()
        .when(RequestMatch.any())
        .once(Fault.finBeforeHead())
        .when(RequestMatch.any())
        .once(Fault.rstBeforeHead());
    // When
    var closed = HttpProbe.get(server.uri(), "/blob");
    var reset = HttpProbe.get(server.uri(), "/blob");
    // Then
    assertThat(closed.statusLine()).isEmpty();
    assertThat(closed.end()).isEqualTo(ProbeAnswer.End.FIN);
    assertThat(reset.statusLine()).isEmpty();
    assertThat(reset.end()).isEqualTo(ProbeAnswer.End.RST);
  }

  @Test
  void rstReachesTheClientUnderTlsToo() {
    // Given
    var authority = TestCertificates.create();
    try (var secure =
            FakeServer.start(_ -> Reply.of(200, BLOB), Optional.of(authority.local().server()));
        var probe = HttpProbe.connect(secure.uri(), authority.trust(), "127.0.0.1")) {
      secure.chaos().when(RequestMatch.any()).once(Fault.rstAt(100_000));
      // When
      var answer = probe.exchange("GET", "/blob");
      // Then
      assertThat(answer.end()).isEqualTo(ProbeAnswer.End.RST);
      assertThat(answer.body().toBytes()).isEqualTo(BLOB.bytes(0, 100_000));
    }
  }

  @Test
  void gateHoldsTheAnswerAtItsByte() {
    // Given
    var gate = new Gate();
    server.chaos().when(RequestMatch.any()).once(Fault.holdAt(10, gate));
    try (var probe = HttpProbe.connect(server.uri())) {
      // When
      probe.request("GET", "/blob");
      probe.readHead();
      var before = probe.read(10);
      gate.awaitArrivals(1);
      long sentBefore = server.bodyBytesSent();
      gate.open();
      var after = probe.read(2_999_990);
      // Then
      assertThat(before).isEqualTo(BLOB.bytes(0, 10));
      assertThat(sentBefore).isEqualTo(10);
      assertThat(after).isEqualTo(BLOB.bytes(10, 2_999_990));
    }
  }

  @Test
  void gateHoldsTheHead() {
    // Given
    var gate = new Gate();
    server.chaos().when(RequestMatch.any()).once(Fault.holdBeforeHead(gate));
    try (var probe = HttpProbe.connect(server.uri())) {
      // When
      probe.request("GET", "/blob");
      gate.awaitArrivals(1);
      gate.open();
      var answer = probe.readAnswer("GET");
      // Then
      assertThat(answer.status()).isEqualTo(200);
      assertThat(Hashing.digest(answer.body())).isEqualTo(BLOB.digest());
    }
  }

  @Test
  void lengthsMayLie() {
    // Given
    server.chaos().when(RequestMatch.any()).once(Fault.contentLength(3_000_001));
    server.chaos().when(RequestMatch.any()).once(Fault.contentLength(5));
    server.chaos().when(RequestMatch.any()).once(Fault.secondContentLength(7));
    // When
    var longer = HttpProbe.get(server.uri(), "/blob");
    var shorter = HttpProbe.get(server.uri(), "/blob");
    var twice = HttpProbe.get(server.uri(), "/blob");
    // Then
    assertThat(longer.end()).isEqualTo(ProbeAnswer.End.FIN);
    assertThat(longer.body().length()).isEqualTo(3_000_000);
    assertThat(shorter.header("Content-Length")).hasValue("5");
    assertThat(twice.headers("Content-Length")).containsExactly("3000000", "7");
  }

  @Test
  void claimedLengthTooSmallIsFollowedByMoreBytes() {
    // Given
    server.chaos().when(RequestMatch.any()).once(Fault.contentLength(5));
    try (var probe = HttpProbe.connect(server.uri())) {
      // When
      probe.request("GET", "/blob").readHead();
      // Then
      assertThat(probe.read(3_000_001)).isEqualTo(BLOB.toBytes());
    }
  }

  @Test
  void bodiesWithoutLengthAreWhole() {
    // Given
    server.chaos().when(RequestMatch.any()).once(Fault.chunked());
    server.chaos().when(RequestMatch.any()).once(Fault.untilClose());
    // When
    var chunked = HttpProbe.get(server.uri(), "/blob");
    var untilClose = HttpProbe.get(server.uri(), "/blob");
    // Then
    assertThat(chunked.header("Content-Length")).isEmpty();
    assertThat(chunked.end()).isEqualTo(ProbeAnswer.End.COMPLETE);
    assertThat(Hashing.digest(chunked.body())).isEqualTo(BLOB.digest());
    assertThat(untilClose.header("Content-Length")).isEmpty();
    assertThat(untilClose.header("Transfer-Encoding")).isEmpty();
    assertThat(untilClose.end()).isEqualTo(ProbeAnswer.End.FIN);
    assertThat(Hashing.digest(untilClose.body())).isEqualTo(BLOB.digest());
  }

  @Test
  void flippedByteIsTheOnlyDifference() {
    // Given
    server.chaos().when(RequestMatch.any()).once(Fault.flipByteAt(65_536));
    // When
    var body = HttpProbe.get(server.uri(), "/blob").body().toBytes();
    // Then
    assertThat(Arrays.mismatch(body, BLOB.toBytes())).isEqualTo(65_536);
    assertThat(body[65_537]).isEqualTo(BLOB.bytes(65_537, 1)[0]);
  }

  @Test
  void rulesAreUsedUpInOrderAndThenItBehaves() {
    // Given
    server
        .chaos()
        .when(RequestMatch.get("/blob"))
        .times(2, Fault.answer(503))
        .when(RequestMatch.get("/blob"))
        .once(Fault.changing(reply -> reply.withReason("Fine Indeed")));
    try (var probe = HttpProbe.connect(server.uri())) {
      // When
      var statuses =
          IntStream.range(0, 4).mapToObj(_ -> probe.exchange("GET", "/blob").statusLine()).toList();
      // Then
      assertThat(statuses)
          .containsExactly(
              "HTTP/1.1 503 Service Unavailable",
              "HTTP/1.1 503 Service Unavailable",
              "HTTP/1.1 200 Fine Indeed",
              "HTTP/1.1 200 OK");
    }
  }

  @Test
  void connectionIsReusedAfterHeadAndEmptyAnswers() {
    // Given
    try (var probe = HttpProbe.connect(server.uri())) {
      // When
      var head = probe.exchange("HEAD", "/blob");
      var empty = probe.exchange("GET", "/empty");
      var whole = probe.exchange("GET", "/blob");
      // Then
      assertThat(head.header("Content-Length")).hasValue("3000000");
      assertThat(head.header("Transfer-Encoding")).isEmpty();
      assertThat(empty.header("Content-Length")).hasValue("0");
      assertThat(Hashing.digest(whole.body())).isEqualTo(BLOB.digest());
    }
  }

  @Test
  void targetIsRecordedByteExact() {
    // Given
    var target = "/a%2Fb+c%2Bd:e/%7Ef?x=%2F&y=1+2";
    // When
    HttpProbe.get(server.uri(), target, "X-Twice: 1", "X-Twice: 2");
    // Then
    var request = server.log().all().getFirst();
    assertThat(request.target()).isEqualTo(target);
    assertThat(request.headers("x-twice")).containsExactly("1", "2");
    assertThat(request.parameter("y")).hasValue("1 2");
  }

  @Test
  void closingDoesNotWaitForHangingAnswers() {
    // Given
    server.chaos().when(RequestMatch.any()).once(Fault.neverAnswer());
    try (var probe = HttpProbe.connect(server.uri())) {
      probe.request("GET", "/blob");
      server.log().await(1, "GET", "/blob");
      // When
      server.close();
      // Then
      assertThat(probe.readHead().statusLine()).isEmpty();
    }
  }
}
