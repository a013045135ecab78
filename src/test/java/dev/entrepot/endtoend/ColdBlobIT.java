package dev.entrepot.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.metrics.Meters;
import dev.entrepot.testing.FakeRegistry;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.Hashing;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import dev.entrepot.testing.TestingProxy;
import dev.entrepot.upstream.UpstreamProperties;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** A deployment of many replicas: everybody asks at once for what is not there yet. */
final class ColdBlobIT {

  private static final int CLIENTS = 50;
  private static final int PIECE = 256 * 1024;
  private static final TestBlob BLOB = TestBlob.of(800, 200L << 20);

  @TempDir private Path directory;

  @Test
  void fiftyClientsOfAColdBlobShareOneDownloadAndNobodyWaitsForItsEnd() throws Exception {
    var gate = new Gate();
    try (var registry = FakeRegistry.start().push("team/app", BLOB);
        var proxy =
            TestingProxy.in(directory)
                .upstreams(rule(registry))
                .cache(settings -> settings.inParallel(1, DataSize.ofMegabytes(64)))
                .start();
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      // Given
      registry
          .chaos()
          .when(RequestMatch.get("/blobs/"))
          .always(Fault.holdAt(BLOB.length() - PIECE, gate));
      var firstBytes = new ArrayList<Future<HttpProbe>>();

      // When
      for (int client = 0; client < CLIENTS; client++) {
        firstBytes.add(clients.submit(() -> readFirstByte(proxy)));
      }
      var probes = new ArrayList<HttpProbe>();
      for (var first : firstBytes) {
        probes.add(first.get(60, TimeUnit.SECONDS));
      }

      // Then: all have begun, and upstream has not ended.
      assertThat(registry.bodyBytesSent()).isLessThan(BLOB.length());
      gate.open();
      var digests = probes.stream().map(probe -> clients.submit(() -> readOn(probe))).toList();
      for (var digest : digests) {
        assertThat(digest.get(120, TimeUnit.SECONDS)).isEqualTo(BLOB.digest());
      }
      assertThat(registry.count("GET", BLOB.digest())).isEqualTo(1);
      assertThat(registry.bodyBytesSent()).isEqualTo(BLOB.length());
    } finally {
      gate.open();
    }
  }

  @Test
  void fiftyClientsOfABlobThatComesInPartsCostOneBlobAndAtMostAPart() throws Exception {
    // Given
    var meters = new SimpleMeterRegistry();
    try (var registry = FakeRegistry.start().push("team/app", BLOB);
        var proxy =
            TestingProxy.in(directory)
                .upstreams(rule(registry))
                .meters(new Meters(meters))
                .start();
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      // When
      var digests =
          Stream.generate(() -> clients.submit(() -> readOn(readFirstByte(proxy))))
              .limit(CLIENTS)
              .toList();

      // Then
      for (var digest : digests) {
        assertThat(digest.get(120, TimeUnit.SECONDS)).isEqualTo(BLOB.digest());
      }
      assertThat(registry.count("GET", BLOB.digest())).isGreaterThan(1);
      assertThat(
              (long) meters.counter("entrepot.upstream.bytes", "upstream", "registry.test").count())
          .isBetween(BLOB.length(), BLOB.length() + (16L << 20));
    }
  }

  private static UpstreamProperties rule(FakeRegistry registry) {
    return UpstreamProperties.of(
        "registry.test", List.of(registry.uri()), CredentialProperties.anonymous());
  }

  private static HttpProbe readFirstByte(TestingProxy proxy) {
    var probe = HttpProbe.connect(proxy.uri());
    probe.request("GET", "/v2/team/app/blobs/" + BLOB.digest() + "?ns=registry.test");
    assertThat(probe.readHead().header("Content-Length")).hasValue("" + BLOB.length());
    assertThat(probe.read(1)).isEqualTo(BLOB.bytes(0, 1));
    return probe;
  }

  private static String readOn(HttpProbe probe) {
    try (probe) {
      var hash = Hashing.sha256();
      hash.update(BLOB.bytes(0, 1));
      for (long left = BLOB.length() - 1; left > 0; ) {
        var piece = probe.read((int) Math.min(PIECE, left));
        assertThat(piece).isNotEmpty();
        hash.update(piece);
        left -= piece.length;
      }
      return Hashing.text(hash.digest());
    }
  }
}
