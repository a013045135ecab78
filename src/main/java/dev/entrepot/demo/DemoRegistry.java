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
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A private registry on loopback that holds one image and demands a token, which its token server
 * gives for a user name and password that nobody but the proxy knows.
 */
public final class DemoRegistry implements AutoCloseable {

  /** The image's repository. */
  public static final String REPOSITORY = "acme/hello";

  /** The image's tag. */
  public static final String TAG = "1.0";

  /** Whom the token server knows. */
  public static final String USER = "acme";

  private final DemoImage image = DemoImage.make();
  private final String password = UUID.randomUUID().toString();
  private final String token = UUID.randomUUID().toString();
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
    if (!("Bearer " + token).equals(request.requestHeaders().get(HttpHeaderNames.AUTHORIZATION))) {
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
    byte[] body =
        ("{\"token\":\"" + token + "\",\"expires_in\":300}").getBytes(StandardCharsets.UTF_8);
    return response
        .header(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .sendObject(Unpooled.wrappedBuffer(body));
  }

  private Publisher<Void> content(
      RegistryRequest asked, HttpServerRequest request, HttpServerResponse response) {
    return switch (asked) {
      case RegistryRequest.Manifest manifest when holds(manifest.reference()) ->
          send(request, response, DemoImage.MANIFEST_TYPE, image.digest(), image.manifest());
      case RegistryRequest.Blob blob when image.blobs().containsKey(blob.digest()) ->
          send(
              request,
              response,
              "application/octet-stream",
              blob.digest(),
              image.blobs().get(blob.digest()));
      default -> response.sendNotFound();
    };
  }

  private boolean holds(Reference reference) {
    return reference.equals(image.digest()) || reference.toString().equals(TAG);
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
}
