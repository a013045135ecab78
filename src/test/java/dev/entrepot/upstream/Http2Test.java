package dev.entrepot.upstream;

import static dev.entrepot.upstream.TestUpstream.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Tag;
import dev.entrepot.testing.TestCertificates;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

/** A registry that speaks HTTP/2, as the big ones do. */
class Http2Test {

  private static final TestCertificates CERTIFICATES = TestCertificates.create();
  private static final String MANIFEST =
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}";

  @TempDir private Path directory;

  @Test
  void manifestsTravelByHttp2AndBlobsByHttp1() throws SSLException {
    // Given
    List<String> seen = new CopyOnWriteArrayList<>();
    DisposableServer server = start(seen);
    TestUpstream upstream =
        TestUpstream.at(URI.create("https://127.0.0.1:" + server.port()))
            .trusting(CERTIFICATES.writeAuthority(directory));
    Digest blob = Digest.sha256Of(MANIFEST.getBytes(StandardCharsets.UTF_8));
    // When
    StepVerifier.create(
            Flux.range(0, 50)
                .flatMap(_ -> upstream.client().getManifest(upstream.route(), new Tag("1.0")), 50)
                .map(manifest -> manifest.descriptor().digest()))
        .expectNextSequence(java.util.Collections.nCopies(50, blob))
        .expectComplete()
        .verify(SOON);
    StepVerifier.create(upstream.client().headManifest(upstream.route(), new Tag("1.0")))
        .expectNextCount(1)
        .expectComplete()
        .verify(SOON);
    StepVerifier.create(
            upstream
                .client()
                .openBlob(upstream.route(), blob, 0, Long.MAX_VALUE, Optional.empty())
                .flatMapMany(UpstreamBlob::bytes)
                .map(
                    piece -> {
                      int size = piece.readableBytes();
                      piece.release();
                      return size;
                    })
                .reduce(0, Integer::sum))
        .expectNext(MANIFEST.length())
        .expectComplete()
        .verify(SOON);
    // Then
    assertThat(seen.subList(0, 51)).containsOnly("HTTP/2.0");
    assertThat(seen.getLast()).isEqualTo("HTTP/1.1");
    upstream.close();
    server.disposeNow();
  }

  private static DisposableServer start(List<String> seen) throws SSLException {
    TestCertificates.Issued issued = CERTIFICATES.local();
    SslContext context =
        SslContextBuilder.forServer(issued.key(), issued.certificate(), issued.authority())
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    "h2",
                    "http/1.1"))
            .build();
    return HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .secure(spec -> spec.sslContext(context))
        .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
        .handle(
            (request, response) -> {
              seen.add(request.protocol());
              return response
                  .header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                  .header("Content-Length", String.valueOf(MANIFEST.length()))
                  .send(
                      Mono.fromSupplier(
                          () -> Unpooled.copiedBuffer(MANIFEST, StandardCharsets.UTF_8)));
            })
        .bindNow();
  }
}
