package dev.entrepot.credentials.google;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.LowLevelHttpRequest;
import com.google.api.client.http.LowLevelHttpResponse;
import com.google.auth.http.HttpTransportFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;

/**
 * How Google's library reaches servers: through the egress proxy, over one deadline, following no
 * redirect, reading no more than a token needs. Unlike the library's own transport it ends when
 * nobody waits any more. Every answer that is no success is a {@link RefusalException}.
 */
final class GoogleTransport extends HttpTransport {

  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final int LARGEST = 64 * 1024;
  private static final String FLAVOR = "Metadata-Flavor";

  private final HttpClient client;
  private final UnaryOperator<URI> route;
  private final long deadline;

  private GoogleTransport(HttpClient client, UnaryOperator<URI> route, long deadline) {
    this.client = client;
    this.route = route;
    this.deadline = deadline;
  }

  /** What all transports of one source share. */
  static HttpClient client(ProxySelector proxies) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(CONNECT)
        .proxy(new DirectNeighbours(proxies))
        .build();
  }

  /**
   * A transport that is of use for so long from now on.
   *
   * @param route where a URL really leads
   */
  static HttpTransportFactory within(
      Duration patience, HttpClient client, UnaryOperator<URI> route) {
    GoogleTransport transport =
        new GoogleTransport(client, route, System.nanoTime() + patience.toNanos());
    return () -> transport;
  }

  @Override
  protected LowLevelHttpRequest buildRequest(String method, String url) {
    return new Request(method, URI.create(url));
  }

  private HttpResponse<byte[]> send(URI asked, HttpRequest request) throws IOException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST));
    try {
      return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      answer.cancel(true);
      throw new NoAnswerException(asked, "did not answer in time");
    } catch (InterruptedException _) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("nobody waits for the answer");
    } catch (ExecutionException e) {
      throw new NoAnswerException(asked, explained(e));
    }
  }

  /** Of an exception only the type can be shown. */
  private static String explained(ExecutionException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    String type = cause.getClass().getSimpleName();
    return switch (cause) {
      case HttpTimeoutException _ -> "did not answer in time";
      case ConnectException unknown when unknown.getCause() instanceof UnresolvedAddressException ->
          "is unknown to the name server";
      case ConnectException _ -> "cannot be reached (" + type + ")";
      case SSLException _ -> "cannot be reached over TLS (" + type + ")";
      default -> "gave no whole answer (" + type + ")";
    };
  }

  private final class Request extends LowLevelHttpRequest {

    private final String method;
    private final URI asked;
    private final HttpRequest.Builder request;
    private boolean expectsFlavor;

    Request(String method, URI asked) {
      this.method = method;
      this.asked = asked;
      this.request = HttpRequest.newBuilder(route.apply(asked));
    }

    @Override
    public void addHeader(String name, String value) {
      request.header(name, value);
      expectsFlavor |= name.equalsIgnoreCase(FLAVOR);
    }

    @Override
    public LowLevelHttpResponse execute() throws IOException {
      HttpResponse<byte[]> answer = send(asked, request.method(method, body()).build());
      int status = answer.statusCode();
      boolean isForeign = expectsFlavor && answer.headers().firstValue(FLAVOR).isEmpty();
      if (status / 100 != 2 || isForeign) {
        throw new RefusalException(asked, status, answer.body());
      }
      return new GoogleResponse(answer);
    }

    private HttpRequest.BodyPublisher body() throws IOException {
      if (getStreamingContent() == null) {
        return HttpRequest.BodyPublishers.noBody();
      }
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      getStreamingContent().writeTo(content);
      if (getContentType() != null) {
        request.header("Content-Type", getContentType());
      }
      if (getContentEncoding() != null) {
        request.header("Content-Encoding", getContentEncoding());
      }
      return HttpRequest.BodyPublishers.ofByteArray(content.toByteArray());
    }
  }
}
