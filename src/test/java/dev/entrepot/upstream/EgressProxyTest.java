package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.credentials.CredentialProperties;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.Tag;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.StepVerifier;

/** The way out through a proxy. */
class EgressProxyTest {

  @Test
  void aProxyIsAskedForTheNameAndToldWhoWeAre() throws IOException {
    // Given
    try (ServerSocket proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        TestUpstream upstream = TestUpstream.at(URI.create("https://registry.test"))) {
      CompletableFuture<List<String>> asked = headOfFirstRequest(proxy);
      String address = "http://user:canary@127.0.0.1:" + proxy.getLocalPort();
      upstream.through(EgressProxy.from(Map.of("HTTPS_PROXY", address)));
      // When
      StepVerifier.create(upstream.client().getManifest(upstream.route(), new Tag("1")))
          .expectErrorSatisfies(
              no ->
                  assertThat(no)
                      .isInstanceOf(RegistryException.class)
                      .hasMessageNotContaining("canary"))
          .verify(SOON);
      // Then
      assertThat(asked)
          .succeedsWithin(10, TimeUnit.SECONDS)
          .satisfies(
              lines -> {
                assertThat(lines.getFirst()).startsWith("CONNECT registry.test:443 ");
                assertThat(lines)
                    .anyMatch(
                        line ->
                            line.toLowerCase(java.util.Locale.ROOT)
                                .startsWith("proxy-authorization: basic "));
              });
    }
  }

  @Test
  void aCloudIsAskedForACredentialThroughTheProxyToo(@TempDir Path directory) throws IOException {
    // Given
    Path secret = Files.writeString(directory.resolve("secret"), "canary");
    CredentialProperties entra =
        new CredentialProperties.Azure(
            "tenant", "client", secret, null, URI.create("https://login.test"));
    try (ServerSocket proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        TestUpstream upstream = TestUpstream.at(URI.create("https://registry.test")).with(entra)) {
      CompletableFuture<List<String>> asked = headOfFirstRequest(proxy);
      String address = "http://127.0.0.1:" + proxy.getLocalPort();
      upstream.through(EgressProxy.from(Map.of("HTTPS_PROXY", address)));
      // When
      StepVerifier.create(upstream.client().getManifest(upstream.route(), new Tag("1")))
          .expectErrorSatisfies(
              no ->
                  assertThat(no)
                      .hasMessageContaining("login.test")
                      .hasMessageNotContaining("canary"))
          .verify(SOON);
      // Then
      assertThat(asked)
          .succeedsWithin(10, TimeUnit.SECONDS)
          .satisfies(lines -> assertThat(lines.getFirst()).startsWith("CONNECT login.test:443 "));
    }
  }

  @Test
  void aProxysPasswordIsNotShown() {
    // Given
    EgressProxy proxy = EgressProxy.from(Map.of("HTTPS_PROXY", "http://user:canary@proxy.test:1"));
    // Then
    assertThat(proxy.toString()).contains("proxy.test").doesNotContain("canary");
  }

  private static CompletableFuture<List<String>> headOfFirstRequest(ServerSocket proxy) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (Socket socket = proxy.accept();
              BufferedReader reader =
                  new BufferedReader(
                      new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            List<String> lines = new ArrayList<>();
            String line = reader.readLine();
            while (line != null && !line.isEmpty()) {
              lines.add(line);
              line = reader.readLine();
            }
            socket
                .getOutputStream()
                .write("HTTP/1.1 403 Forbidden\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return lines;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
