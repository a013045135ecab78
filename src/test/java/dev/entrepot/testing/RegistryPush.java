package dev.entrepot.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/** Pushes test images into a real registry over its HTTP API. */
final class RegistryPush implements AutoCloseable {

  private final URI registry;
  private final Function<String, Optional<String>> authorization;
  private final HttpClient client;

  /** {@code authorization} gives the Authorization header for a repository. */
  RegistryPush(
      URI registry, Optional<SSLContext> trust, Function<String, Optional<String>> authorization) {
    this.registry = registry;
    this.authorization = authorization;
    var builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    trust.ifPresent(builder::sslContext);
    this.client = builder.build();
  }

  void blob(String repository, String digest, Body body) {
    var opened =
        send(
            request(repository, URI.create(registry + "v2/" + repository + "/blobs/uploads/"))
                .POST(BodyPublishers.noBody()),
            202);
    var location = registry.resolve(opened.headers().firstValue("Location").orElseThrow());
    var separator = location.getRawQuery() == null ? "?" : "&";
    var upload = URI.create(location + separator + "digest=" + digest);
    send(
        request(repository, upload)
            .header("Content-Type", "application/octet-stream")
            .PUT(publisher(body)),
        201);
  }

  void manifest(String repository, ImageManifest manifest, String reference) {
    var target = URI.create(registry + "v2/" + repository + "/manifests/" + reference);
    send(
        request(repository, target)
            .header("Content-Type", manifest.mediaType())
            .PUT(publisher(manifest.body())),
        201);
  }

  @Override
  public void close() {
    client.close();
  }

  private static BodyPublisher publisher(Body body) {
    return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(body::stream), body.length());
  }

  private HttpRequest.Builder request(String repository, URI target) {
    var request = HttpRequest.newBuilder(target).timeout(Await.DEADLINE);
    authorization.apply(repository).ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private HttpResponse<String> send(HttpRequest.Builder builder, int expected) {
    var request = builder.build();
    try {
      var response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() != expected) {
        throw new AssertionError(
            "tried to push to %s but got %d: %s"
                .formatted(request.uri(), response.statusCode(), response.body()));
      }
      return response;
    } catch (IOException broken) {
      throw new UncheckedIOException(
          "tried to push to " + request.uri() + " but could not", broken);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while pushing", stopped);
    }
  }
}
