package dev.entrepot.credentials.google;

import static dev.entrepot.credentials.google.TestGoogle.PULLER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.client.http.GenericUrl;
import dev.entrepot.testing.Body;
import dev.entrepot.testing.FakeServer;
import dev.entrepot.testing.Fault;
import dev.entrepot.testing.Reply;
import dev.entrepot.testing.RequestMatch;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of a mint goes over the network, and where it does not go. */
class GoogleTransportTest {

  @TempDir private Path directory;
  private TestGoogle google;
  private FakeServer stranger;

  @BeforeEach
  void start() {
    google = new TestGoogle(directory);
    stranger =
        FakeServer.start(_ -> Reply.json(200, "{\"access_token\":\"canary\",\"expires_in\":3600}"));
  }

  @AfterEach
  void close() {
    google.close();
    stranger.close();
  }

  @Test
  void aRedirectIsNotFollowed() {
    // Given
    google.usingKey();
    google
        .servers
        .chaos()
        .when(RequestMatch.any())
        .always(Fault.redirect(307, stranger.uri().toString()));
    // Then
    assertThat(google.failure())
        .hasMessage(
            "service account "
                + PULLER
                + ": 127.0.0.1 answers with a redirect, which is not followed");
    assertThat(stranger.log().all()).isEmpty();
  }

  @Test
  void anAnswerOfAnySizeIsNotRead() {
    // Given
    google.usingKey();
    google
        .servers
        .chaos()
        .when(RequestMatch.any())
        .always(Fault.answer(Reply.of(200, Body.of("{" + " ".repeat(100_000) + "}"))));
    // Then
    assertThat(google.failure()).hasMessageContaining("127.0.0.1 gave no whole answer");
  }

  @Test
  void aStrangeRefusalIsTroubleAndNotShown() {
    // Given
    google.usingKey();
    google
        .servers
        .chaos()
        .when(RequestMatch.any())
        .always(
            Fault.answer(
                Reply.json(400, "{\"error\":\"canary\",\"error_description\":\"canary\"}")));
    // Then
    assertThat(google.failure())
        .hasMessage("service account " + PULLER + ": 127.0.0.1 gives no token (status 400)")
        .satisfies(failure -> assertThat(failure.isDenied()).isFalse());
  }

  @Test
  void everythingGoesThroughTheEgressProxyButForMetadataServers() {
    // Given
    Proxy proxy =
        new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.corp", 3128));
    ProxySelector selector =
        new DirectNeighbours(
            ProxySelector.of(InetSocketAddress.createUnresolved("proxy.corp", 3128)));
    // Then
    assertThat(selector.select(URI.create("https://oauth2.googleapis.com/token")))
        .containsExactly(proxy);
    assertThat(selector.select(URI.create("http://metadata.google.internal/computeMetadata/v1/")))
        .containsExactly(Proxy.NO_PROXY);
    assertThat(selector.select(URI.create("http://169.254.169.254/metadata/identity")))
        .containsExactly(Proxy.NO_PROXY);
  }

  @Test
  void theProxyIsUsed() throws IOException {
    // Given
    HttpClient client =
        GoogleTransport.client(
            ProxySelector.of(new InetSocketAddress("127.0.0.1", stranger.port())));
    // When
    GoogleTransport.within(Duration.ofSeconds(5), client, UnaryOperator.identity())
        .create()
        .createRequestFactory()
        .buildGetRequest(new GenericUrl("http://registry.test/path"))
        .execute()
        .disconnect();
    // Then
    assertThat(stranger.log().all())
        .singleElement()
        .satisfies(request -> assertThat(request.target()).isEqualTo("http://registry.test/path"));
  }
}
