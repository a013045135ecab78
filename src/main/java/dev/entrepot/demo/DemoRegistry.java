package dev.entrepot.demo;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.oci.RegistryRequestParser;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A private registry on loopback that holds two images and demands a token, which its token server
 * gives for a user name and password that nobody but the proxy knows, and for a few seconds only.
 */
public final class DemoRegistry implements AutoCloseable {

  /** The image's repository. */
  public static final String REPOSITORY = "acme/hello";

  /** The first image's tag. */
  public static final String TAG = "1.0";

  /** The tag of a second, smaller image. */
  public static final String NEXT_TAG = "1.1";

  /** How long a token is good: so short that its renewal can be watched. */
  public static final Duration TOKEN_LIFE = Duration.ofSeconds(4);

  /** Whom the token server knows. */
  public static final String USER = "acme";

  private final Map<String, DemoImage> images =
      Map.of(
          TAG,
          DemoImage.make(1, 24 << 20, 6 << 20, 64 << 10),
          NEXT_TAG,
          DemoImage.make(2, 1 << 20));
  private final String password = UUID.randomUUID().toString();
  private final AtomicReference<GivenToken> token =
      new AtomicReference<>(new GivenToken("", Instant.MIN));
  private final AtomicLong tokens = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final DisposableServer server;

  /** Starts it on a free port. */
  public DemoRegistry() {
    this.server = HttpServer.create().host("127.0.0.1").port(0).handle(this::answer).bindNow();
  }

  /** Where it listens. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /** What the token server wants from {@link #USER}. */
  public String password() {
    return password;
  }

  /** How many requests it has seen, those for tokens among them. */
  public long requests() {
    return requests.get();
  }

  /** How many tokens it has given. */
  public long tokens() {
    return tokens.get();
  }

  /** Blocks until the token it gave last is of no use any more. */
  public void awaitEndOfToken() throws InterruptedException {
    while (token.get().isGood()) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /** How many bytes of content it has sent. */
  public long bytes() {
    return bytes.get();
  }

  private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
    requests.incrementAndGet();
    String path = request.fullPath();
    if (path.equals("/token")) {
      return giveToken(request, response);
    }
    if (!token.get().isIn(request.requestHeaders().get(HttpHeaderNames.AUTHORIZATION))) {
      return response
          .status(401)
          .header(
              HttpHeaderNames.WWW_AUTHENTICATE,
              "Bearer realm=\""
                  + uri()
                  + "/token\",service=\"demo\",scope=\"repository:"
                  + REPOSITORY
                  + ":pull\"")
          .send();
    }
    try {
      return content(RegistryRequestParser.parse(path, ""), request, response);
    } catch (RegistryException _) {
      return response.sendNotFound();
    }
  }

  private Publisher<Void> giveToken(HttpServerRequest request, HttpServerResponse response) {
    String expected =
        "Basic "
            + Base64.getEncoder()
                .encodeToString((USER + ":" + password).getBytes(StandardCharsets.UTF_8));
    if (!expected.equals(request.requestHeaders().get(HttpHeaderNames.AUTHORIZATION))) {
      return response.status(401).send();
    }
    String given = UUID.randomUUID().toString();
    token.set(new GivenToken(given, Instant.now().plus(TOKEN_LIFE)));
    tokens.incrementAndGet();
    byte[] body =
        "{\"token\":\"%s\",\"expires_in\":%d}"
            .formatted(given, TOKEN_LIFE.toSeconds())
            .getBytes(StandardCharsets.UTF_8);
    return response
        .header(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .sendObject(Unpooled.wrappedBuffer(body));
  }

  private Publisher<Void> content(
      RegistryRequest asked, HttpServerRequest request, HttpServerResponse response) {
    return switch (asked) {
      case RegistryRequest.Manifest manifest ->
          image(manifest.reference())
              .map(
                  image ->
                      send(
                          request,
                          response,
                          DemoImage.MANIFEST_TYPE,
                          image.digest(),
                          image.manifest()))
              .orElseGet(response::sendNotFound);
      case RegistryRequest.Blob blob ->
          blob(blob.digest())
              .map(
                  content ->
                      send(request, response, "application/octet-stream", blob.digest(), content))
              .orElseGet(response::sendNotFound);
      default -> response.sendNotFound();
    };
  }

  private Optional<DemoImage> image(Reference reference) {
    return Optional.ofNullable(images.get(reference.toString()))
        .or(
            () ->
                images.values().stream()
                    .filter(image -> image.digest().equals(reference))
                    .findFirst());
  }

  private Optional<byte[]> blob(Digest digest) {
    return images.values().stream()
        .flatMap(image -> Stream.ofNullable(image.blobs().get(digest)))
        .findFirst();
  }

  private Publisher<Void> send(
      HttpServerRequest request,
      HttpServerResponse response,
      String mediaType,
      Digest digest,
      byte[] content) {
    response
        .header(HttpHeaderNames.CONTENT_TYPE, mediaType)
        .header("Docker-Content-Digest", digest.toString())
        .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(content.length));
    if (request.method().equals(HttpMethod.HEAD)) {
      return response.send();
    }
    bytes.addAndGet(content.length);
    return response.sendObject(Unpooled.wrappedBuffer(content));
  }

  @Override
  public void close() {
    server.disposeNow();
  }

  private record GivenToken(String value, Instant end) {
    boolean isGood() {
      return Instant.now().isBefore(end);
    }

    boolean isIn(@Nullable String authorization) {
      return isGood() && ("Bearer " + value).equals(authorization);
    }
  }
}
