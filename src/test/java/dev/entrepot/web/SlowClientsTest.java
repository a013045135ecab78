package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.LogLines;
import dev.entrepot.testing.ProbeAnswer.End;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestCertificates;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** B 19, B 17: clients that hold on to what they have and give nothing for it. */
final class SlowClientsTest {

  /** More than the sockets of both ends and the window of an HTTP/2 stream take. */
  private static final TestBlob BIG = TestBlob.of(91, 64L << 20);

  private static final TestBlob SMALL = TestBlob.of(92, 1_000_000);
  private static final ClientLimits SHORT =
      new ClientLimits(Duration.ofMillis(800), Duration.ofMillis(500), 8);

  @RegisterExtension
  private final ProxiedRegistry mirror =
      ProxiedRegistry.with(recipe -> recipe.secured().clients(SHORT));

  @TempDir private Path directory;

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", BIG).push("team/app", SMALL);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientThatTakesNothingIsLetGoAndItsBuffersWithIt(boolean secured) {
    // Given
    if (!secured) {
      mirror.restart(recipe -> recipe.plain());
    }
    try (var log = LogLines.listen();
        var stalled = connect(secured)) {
      // When
      stalled.request("GET", target(BIG));
      assertThat(stalled.readHead().status()).isEqualTo(200);

      // Then
      awaitStalled(log, 1);
      assertThat(stalled.readToEnd()).isNotEqualTo(End.COMPLETE);
      mirror.awaitStored(BIG.digest());
      awaitNoBuffers();
    }
  }

  @Test
  void timeThatUpstreamTakesIsNotTheClients() {
    // Given
    var gate = new Gate();
    mirror
        .registry()
        .chaos()
        .when(RequestMatch.get(SMALL.digest()))
        .always(Fault.holdAt(500_000, gate));
    try (var log = LogLines.listen();
        var patient = connect(true);
        var stalled = connect(true)) {
      patient.request("GET", target(SMALL));
      assertThat(patient.readHead().status()).isEqualTo(200);

      // When: one that began later has been let go.
      stalled.request("GET", target(BIG));
      awaitStalled(log, 1);

      // Then
      gate.open();
      assertThat(patient.read(1_000_000)).isEqualTo(SMALL.toBytes());
    }
  }

  /** Among so many readers, what goes out without TLS is sent by the kernel from the file. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientThatTakesALittleNowAndThenIsServedToTheEnd(boolean secured)
      throws InterruptedException {
    // Given
    if (!secured) {
      mirror.restart(recipe -> recipe.plain());
    }
    mirror.get("team/app/blobs/" + BIG.digest());
    mirror.awaitStored(BIG.digest());
    var stalled = Stream.generate(() -> connect(secured)).limit(4).toList();
    try (var log = LogLines.listen();
        var slow = connect(secured)) {
      stalled.forEach(probe -> probe.request("GET", target(BIG)));
      slow.request("GET", target(BIG));
      slow.readHead();
      int taken = 0;

      // When: it takes some bytes while others take none until those are let go.
      while (stalledLines(log) < stalled.size()) {
        taken += slow.read(64 * 1024).length;
        Await.until("a moment", new Moment(Duration.ofMillis(50)));
      }

      // Then
      var rest = slow.read((int) BIG.length() - taken);
      assertThat(rest.length).isEqualTo((int) BIG.length() - taken);
      assertThat(rest).isEqualTo(BIG.bytes(taken, rest.length));
    } finally {
      stalled.forEach(HttpProbe::close);
    }
  }

  @Test
  void http2StreamThatNobodyReadsEndsAndLeavesTheOthersAlone() throws Exception {
    // Given
    try (var log = LogLines.listen();
        var client = HttpClient.newBuilder().sslContext(trust()).build()) {
      // When
      InputStream unread = client.send(request(BIG), BodyHandlers.ofInputStream()).body();
      awaitStalled(log, 1);

      // Then
      assertThat(client.send(request(SMALL), BodyHandlers.ofByteArray()).body())
          .isEqualTo(SMALL.toBytes());
      mirror.awaitStored(BIG.digest());
      awaitNoBuffers();
      unread.close();
    }
  }

  /** Over TLS, where the handshake is no request. */
  @Test
  void headThatNeverEndsIsCutOffAndAnIdleConnectionIsNot() {
    try (var idle = connect(true);
        var attacker = connect(true)) {
      // When
      attacker.send("GET /v2/ HTTP/1.1\r\nHost: mirror\r\nX: ");

      // Then
      assertThat(attacker.readToEnd()).isEqualTo(End.FIN);
      assertThat(idle.exchange("GET", "/v2/").text()).isEqualTo("{}");
    }
  }

  @Test
  void connectionsBeyondTheBoundAreRefusedUntilOthersLeave() {
    // Given
    mirror.restart(recipe -> recipe.plain());
    List<HttpProbe> crowd = new ArrayList<>();
    try (var log = LogLines.listen()) {
      for (int client = 0; client < SHORT.connections(); client++) {
        var probe = connect(false);
        assertThat(probe.exchange("GET", "/v2/").status()).isEqualTo(200);
        crowd.add(probe);
      }

      // When
      try (var late = connect(false)) {
        // Then
        assertThat(late.readToEnd()).isNotEqualTo(End.COMPLETE);
      }
      assertThat(log.all()).anyMatch(line -> line.startsWith("connection refused, there are 8"));
      crowd.removeLast().close();
      Await.until("room for another", this::isServed);
    } finally {
      crowd.forEach(HttpProbe::close);
    }
  }

  private boolean isServed() {
    try (var probe = connect(false)) {
      return probe.exchange("GET", "/v2/").statusLine().contains("200");
    }
  }

  private HttpProbe connect(boolean secured) {
    return secured
        ? HttpProbe.connect(mirror.proxy().uri(), trust(), "127.0.0.1")
        : mirror.connect();
  }

  private SSLContext trust() {
    try {
      var file = Files.writeString(directory.resolve("ca.pem"), mirror.proxy().authorityPem());
      return TestCertificates.trust(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private HttpRequest request(TestBlob blob) {
    return HttpRequest.newBuilder(
            URI.create("https://127.0.0.1:" + mirror.proxy().listener().port() + target(blob)))
        .build();
  }

  private static String target(TestBlob blob) {
    return ProxiedRegistry.target("team/app/blobs/" + blob.digest());
  }

  private static void awaitStalled(LogLines log, int count) {
    Await.until("stalled clients to be let go", () -> stalledLines(log) >= count);
  }

  private static long stalledLines(LogLines log) {
    return log.all().stream().filter(line -> line.contains("end=client-stalled")).count();
  }

  /** What stays is kept by threads for their next use. */
  private static void awaitNoBuffers() {
    var metric = PooledByteBufAllocator.DEFAULT.metric();
    Await.until(
        "pooled buffers to be given back",
        () ->
            metric.directArenas().stream()
                    .mapToLong(arena -> arena.numActiveHugeAllocations())
                    .sum()
                == 0);
  }

  /** Lets a little time pass between two takes of a slow client. */
  private static final class Moment implements java.util.function.BooleanSupplier {

    private final long end;

    Moment(Duration length) {
      this.end = System.nanoTime() + length.toNanos();
    }

    @Override
    public boolean getAsBoolean() {
      return System.nanoTime() - end >= 0;
    }
  }
}
