package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Gate;
import dev.entrepot.testing.HttpProbe;
import dev.entrepot.testing.ProbeAnswer.End;
import dev.entrepot.testing.ProxiedRegistry;
import dev.entrepot.testing.RequestMatch;
import dev.entrepot.testing.TestBlob;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The listener as nodes meet it: TLS with our own CA, HTTP/1.1 and HTTP/2. */
final class SecuredListenerTest {

  private static final TestBlob BLOB = TestBlob.of(71, 2_000_000);
  private static final String TARGET = ProxiedRegistry.target("team/app/blobs/" + BLOB.digest());

  @RegisterExtension
  private final ProxiedRegistry mirror = ProxiedRegistry.with(recipe -> recipe.secured());

  @BeforeEach
  void push() {
    mirror.registry().push("team/app", BLOB);
  }

  /** Assertion 37. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost"})
  void certificateIsForTheNamesThatClientsUse(String name) throws Exception {
    try (HttpProbe probe = HttpProbe.connect(mirror.proxy().uri(), trust(), name)) {
      // When: without ALPN.
      var answer = probe.exchange("GET", TARGET);

      // Then
      assertThat(answer.body().toBytes()).isEqualTo(BLOB.toBytes());
    }
  }

  @Test
  void http2IsSpokenWithWhoeverWantsIt() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(trust()).build()) {
      // When
      HttpResponse<byte[]> blob = client.send(request(""), BodyHandlers.ofByteArray());
      HttpResponse<byte[]> part = client.send(request("bytes=5-9"), BodyHandlers.ofByteArray());

      // Then
      assertThat(blob.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(blob.body()).isEqualTo(BLOB.toBytes());
      assertThat(part.statusCode()).isEqualTo(206);
      assertThat(part.body()).isEqualTo(BLOB.bytes(5, 5));
    }
  }

  /** S-23, over HTTP/2: the stream is reset, not ended. */
  @Test
  void truncationIsNotDisguisedOverHttp2() throws Exception {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.flipByteAt(5));
    try (HttpClient client = HttpClient.newBuilder().sslContext(trust()).build()) {
      // When, Then
      assertThatThrownBy(() -> client.send(request(""), BodyHandlers.ofByteArray()))
          .isInstanceOf(IOException.class);
    }
  }

  /** Assertion 24, over TLS. */
  @Test
  void truncationEndsTlsInAnOrderlyWay() throws Exception {
    // Given
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.flipByteAt(5));
    try (HttpProbe probe = HttpProbe.connect(mirror.proxy().uri(), trust(), "localhost")) {
      // When
      var answer = probe.exchange("GET", TARGET);

      // Then
      assertThat(answer.end()).isEqualTo(End.FIN);
      assertThat(answer.body().length()).isLessThan(BLOB.length());
    }
  }

  /** One stream that is given up leaves the others of its connection alone. */
  @Test
  void http2StreamThatIsGivenUpLeavesTheOthersAlone() throws Exception {
    // Given
    Gate gate = new Gate();
    mirror.registry().chaos().when(RequestMatch.get("/blobs/")).always(Fault.holdAt(1000, gate));
    try (HttpClient client = HttpClient.newBuilder().sslContext(trust()).build()) {
      var leaving = client.sendAsync(request(""), BodyHandlers.ofByteArray());
      var staying = client.sendAsync(request(""), BodyHandlers.ofByteArray());
      gate.awaitArrivals(1);

      // When
      leaving.cancel(true);
      gate.open();

      // Then
      assertThat(staying.get(20, TimeUnit.SECONDS).body()).isEqualTo(BLOB.toBytes());
    }
  }

  private HttpRequest request(String range) {
    URI uri = URI.create("https://localhost:" + mirror.proxy().listener().port() + TARGET);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20));
    return range.isEmpty() ? request.build() : request.header("Range", range).build();
  }

  private SSLContext trust() throws GeneralSecurityException, IOException {
    var pem = mirror.proxy().authorityPem().getBytes(StandardCharsets.US_ASCII);
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry(
        "ca",
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem)));
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
