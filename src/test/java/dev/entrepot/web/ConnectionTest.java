package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer.End;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections are kept, shared by requests and ended. */
final class ConnectionTest {

  private static final TestBlob BLOB = TestBlob.of(41, 300_000);
  private static final String TARGET = ProxiedRegistry.target("team/app/blobs/" + BLOB.digest());
  private static final String PING = "GET /v2/ HTTP/1.1\r\nHost: mirror\r\n\r\n";

  @RegisterExtension private final ProxiedRegistry mirror = ProxiedRegistry.create();

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", BLOB);
  }

  /** Assertion 38: BuildKit keeps connections idle for 120 s. Nobody waits that long here. */
  @Test
  void idleConnectionIsKeptLongerThanAnyClientKeepsIt() {
    // When
    var configured = mirror.proxy().listener().configured().configuration();

    // Then
    assertThat(configured.idleTimeout()).isGreaterThanOrEqualTo(Duration.ofSeconds(130));
  }

  /** Assertion 38. */
  @Test
  void connectionIsKeptAfterEveryKindOfAnswer() {
    try (var probe = mirror.connect()) {
      // When, Then
      assertThat(probe.exchange("HEAD", TARGET).status()).isEqualTo(200);
      assertThat(probe.exchange("GET", TARGET).body().toBytes()).isEqualTo(BLOB.toBytes());
      assertThat(probe.exchange("GET", ProxiedRegistry.target("team/app/manifests/none")).status())
          .isEqualTo(404);
      assertThat(probe.exchange("GET", TARGET, "Range: bytes=999999-").status()).isEqualTo(416);
      assertThat(probe.exchange("GET", "/v2/Bad/manifests/v1").status()).isEqualTo(400);
      assertThat(probe.exchange("GET", TARGET, "Range: bytes=5-6").body().toBytes())
          .isEqualTo(BLOB.bytes(5, 2));
      assertThat(probe.exchange("GET", "/v2/").text()).isEqualTo("{}");
    }
  }

  /** Assertion 38: a request that comes while the answer before it is being finished. */
  @Test
  void connectionNeverStallsHoweverQuicklyRequestsFollow() {
    var missing = ProxiedRegistry.target("team/app/manifests/none");
    try (var probe = mirror.connect()) {
      for (int round = 0; round < 200; round++) {
        // When, Then
        assertThat(probe.exchange("HEAD", missing).status()).isEqualTo(404);
        assertThat(probe.exchange("GET", "/v2/").text()).isEqualTo("{}");
        assertThat(probe.exchange("HEAD", "/v2/Bad/manifests/v1").status()).isEqualTo(400);
      }
    }
  }

  /** Assertion 38, B 23. */
  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() {
    // Given
    var head = "HEAD " + TARGET + " HTTP/1.1\r\nHost: mirror\r\n\r\n";
    var missing =
        "GET " + ProxiedRegistry.target("team/app/manifests/none") + " HTTP/1.1\r\nHost: m\r\n\r\n";
    var get = "GET " + TARGET + " HTTP/1.1\r\nHost: mirror\r\n\r\n";
    try (var probe = mirror.connect()) {
      // When
      probe.send(head + missing + get + PING);

      // Then
      assertThat(probe.readAnswer("HEAD").header("Content-Length")).hasValue("300000");
      assertThat(probe.readAnswer("GET").status()).isEqualTo(404);
      assertThat(probe.readAnswer("GET").body().toBytes()).isEqualTo(BLOB.toBytes());
      assertThat(probe.readAnswer("GET").text()).isEqualTo("{}");
    }
  }

  /** Assertion 38: long tokens and lists of ranges. */
  @Test
  void sixteenKibibytesOfHeadersAreTaken() {
    // When
    var answer =
        HttpProbe.get(
            mirror.proxy().uri(), "/v2/", "Authorization: Bearer " + "x".repeat(16 << 10));

    // Then
    assertThat(answer.status()).isEqualTo(200);
  }

  /** S-20: a request's body is never read as the next request. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bodyOfAGetIsNotTheNextRequest(boolean chunked) {
    // Given
    var hidden = "GET /v2/_catalog HTTP/1.1\r\nHost: mirror\r\n\r\n";
    var body =
        chunked
            ? "Transfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(hidden.length())
                + "\r\n"
                + hidden
                + "\r\n0\r\n\r\n"
            : "Content-Length: " + hidden.length() + "\r\n\r\n" + hidden;
    mirror.get("team/app/blobs/" + BLOB.digest());
    try (var probe = mirror.connect()) {
      // When
      probe.send("GET " + TARGET + " HTTP/1.1\r\nHost: mirror\r\n" + body + PING);

      // Then
      assertThat(probe.readAnswer("GET").body().toBytes()).isEqualTo(BLOB.toBytes());
      var next = probe.readAnswer("GET");
      assertThat(next.statusLine().isEmpty() || next.text().equals("{}")).isTrue();
    }
  }

  /** S-20: two ways to say where a body ends are one too many. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding : chunked\r\n"
      })
  void ambiguousFramingEndsTheConnection(String framing) {
    try (var probe = mirror.connect()) {
      // When
      probe.send(
          "GET /v2/ HTTP/1.1\r\nHost: mirror\r\n"
              + framing
              + "\r\n0\r\n\r\nGET /v2/_catalog HTTP/1.1\r\nHost: mirror\r\n\r\n");
      var first = probe.readAnswer("GET");

      // Then
      assertThat(first.status()).isIn(200, 400);
      assertThat(probe.readAnswer("GET").statusLine()).doesNotContain("404");
    }
  }

  /** S-22. */
  @Test
  void tunnelIsNotOpened() {
    try (var probe = mirror.connect()) {
      // When
      probe.send("CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n");
      var answer = probe.readAnswer("GET");

      // Then
      assertThat(answer.status()).isIn(400, 405);
      assertThat(probe.readToEnd()).isNotEqualTo(End.COMPLETE);
    }
  }

  /** S-22. */
  @ParameterizedTest
  @ValueSource(strings = {"websocket", "h2c"})
  void protocolIsNotSwitched(String protocol) {
    try (var probe = mirror.connect()) {
      // When
      var answer =
          probe.exchange(
              "GET",
              "/v2/",
              "Connection: Upgrade, HTTP2-Settings",
              "Upgrade: " + protocol,
              "HTTP2-Settings: AAMAAABkAAQAAP__");

      // Then
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.text()).isEqualTo("{}");
    }
  }

  /** S-25: a GET has no body to wait for. */
  @Test
  void expectationOfAGetHoldsNothingUp() {
    // When
    try (var probe = mirror.connect()) {
      var answer = probe.exchange("GET", "/v2/", "Expect: 100-continue");

      // Then
      assertThat(answer.status()).isIn(100, 200);
    }
  }

  /** Old clients and health checks. */
  @Test
  void http10ClientGetsTheBlobAndTheEndOfTheConnection() {
    try (var probe = mirror.connect()) {
      // When
      probe.send("GET " + TARGET + " HTTP/1.0\r\n\r\n");
      var answer = probe.readAnswer("GET");

      // Then
      assertThat(answer.body().toBytes()).isEqualTo(BLOB.toBytes());
      assertThat(probe.readToEnd()).isEqualTo(End.FIN);
    }
  }

  /** What a client meant to upload is not read, so the connection cannot go on. */
  @Test
  void refusedUploadEndsTheConnection() {
    try (var probe = mirror.connect()) {
      // When
      probe.send(
          "PUT /v2/team/app/blobs/uploads/1 HTTP/1.1\r\nHost: mirror\r\nContent-Length: 90\r\n\r\n"
              + PING);
      var answer = probe.readAnswer("GET");

      // Then
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.header("Connection")).hasValue("close");
      assertThat(probe.readToEnd()).isNotEqualTo(End.COMPLETE);
    }
  }

  @Test
  void shutdownFinishesAnswersUnderWayAndTakesNoNewConnection() throws Exception {
    // Given
    var gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(100_000, gate));
    try (var underWay = mirror.connect();
        var idle = mirror.connect()) {
      idle.exchange("GET", "/v2/");
      underWay.request("GET", TARGET);
      underWay.readHead();
      var address = mirror.proxy().uri();

      // When
      var stopped =
          CompletableFuture.runAsync(() -> mirror.proxy().listener().stop(Duration.ofSeconds(30)));
      Await.until("the listener to refuse connections", () -> isRefused(address));
      assertThat(idle.readToEnd()).isEqualTo(End.FIN);

      // Then
      assertThat(stopped).isNotDone();
      gate.open();
      assertThat(underWay.read(300_000)).isEqualTo(BLOB.toBytes());
      stopped.get(20, TimeUnit.SECONDS);
      assertThatThrownBy(() -> HttpProbe.connect(address)).hasMessageContaining("could not");
    }
  }

  @Test
  void shutdownDoesNotWaitForEver() throws Exception {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.hangAt(100_000));
    try (var underWay = mirror.connect().request("GET", TARGET)) {
      underWay.readHead();

      // When
      CompletableFuture.runAsync(() -> mirror.proxy().listener().stop(Duration.ofMillis(200)))
          .get(20, TimeUnit.SECONDS);

      // Then
      assertThat(underWay.readToEnd()).isNotEqualTo(End.COMPLETE);
    }
  }

  private static boolean isRefused(URI address) {
    try (var probe = HttpProbe.connect(address)) {
      return false;
    } catch (UncheckedIOException refused) {
      return true;
    }
  }
}
