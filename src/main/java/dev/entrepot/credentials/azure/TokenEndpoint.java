package dev.entrepot.credentials.azure;

import dev.entrepot.credentials.CredentialException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLException;

/** Sends what asks for a token. Follows no redirect, keeps no cookie. */
record TokenEndpoint(HttpClient client) {

  private static final Duration CONNECT = Duration.ofSeconds(3);

  /** Less than a credential may take at all, so that the message says who is slow. */
  private static final Duration ANSWER = Duration.ofSeconds(6);

  private static final int LARGEST = 256 * 1024;

  static TokenEndpoint direct() {
    return through(HttpClient.Builder.NO_PROXY);
  }

  static TokenEndpoint through(ProxySelector proxies) {
    return new TokenEndpoint(
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .proxy(proxies)
            .build());
  }

  /**
   * Asks and waits; fails with {@link CredentialException} if there is no answer to read.
   *
   * @param name who is asked, for messages
   */
  EntraAnswer ask(HttpRequest.Builder request, String name, Instant start) {
    HttpRequest whole =
        request
            .timeout(ANSWER)
            .header("Accept", "application/json")
            .header("User-Agent", "entrepot")
            .build();
    try {
      HttpResponse<byte[]> answer =
          client.send(whole, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST));
      return answer.statusCode() == 200
          ? EntraAnswer.granted(answer.body(), start)
              .orElseThrow(() -> unavailable(name, "gave an answer that holds no token"))
          : EntraAnswer.Refused.of(answer.statusCode(), answer.body());
    } catch (HttpTimeoutException _) {
      throw unavailable(name, "cannot be reached: it did not answer in time");
    } catch (ConnectException _) {
      throw unavailable(name, "cannot be reached: it takes no connection");
    } catch (SSLException _) {
      throw unavailable(name, "cannot be reached: it does not prove by TLS who it is");
    } catch (IOException _) {
      throw unavailable(name, "cannot be reached: the connection broke");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw unavailable(name, "did not answer in time");
    }
  }

  private static CredentialException unavailable(String name, String why) {
    return CredentialException.unavailable(name + " " + why);
  }
}
