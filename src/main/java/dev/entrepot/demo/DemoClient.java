package dev.entrepot.demo;

import dev.entrepot.oci.Digest;
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
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Pulls an image as a containerd node does: one mirror, one CA to trust, no credential. Checks
 * every digest.
 */
public final class DemoClient implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern DIGEST = Pattern.compile("\"digest\":\"(sha256:[0-9a-f]{64})\"");

  private final URI mirror;
  private final String namespace;
  private final HttpClient http;

  /**
   * Makes a client.
   *
   * @param namespace the registry the images are named after
   * @param authorityPem what the client trusts, as PEM
   */
  public DemoClient(URI mirror, String namespace, String authorityPem) {
    this.mirror = mirror;
    this.namespace = namespace;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(trusting(authorityPem))
            .connectTimeout(PATIENCE)
            .build();
  }

  /** Pulls a tag: asks what it points to, then fetches the manifest and all it names by digest. */
  public Pull pull(String repository, String tag) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    String base = "/v2/" + repository;
    HttpResponse<byte[]> head = send("HEAD", base + "/manifests/" + tag);
    Digest digest = Digest.parse(head.headers().firstValue("Docker-Content-Digest").orElse(""));
    byte[] manifest = fetch(base + "/manifests/" + digest, digest);
    List<Digest> blobs = digestsIn(manifest).toList();
    long bytes = manifest.length;
    for (Digest blob : blobs) {
      bytes += fetch(base + "/blobs/" + blob, blob).length;
    }
    return new Pull(
        2 + blobs.size(), bytes, Duration.ofNanos(System.nanoTime() - begun), statusOf(head));
  }

  private byte[] fetch(String path, Digest digest) throws IOException, InterruptedException {
    byte[] content = send("GET", path).body();
    if (!digest.matches(content)) {
      throw new IOException("tried to pull " + digest + " but other bytes came");
    }
    return content;
  }

  private HttpResponse<byte[]> send(String method, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(mirror.resolve(path + "?ns=" + namespace))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(PATIENCE)
            .build();
    HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException(
          "tried to " + method + " " + path + " but the answer was " + response.statusCode());
    }
    return response;
  }

  private static String statusOf(HttpResponse<?> response) {
    return response.headers().firstValue("Cache-Status").orElse("");
  }

  private static Stream<Digest> digestsIn(byte[] manifest) {
    Matcher matcher = DIGEST.matcher(new String(manifest, StandardCharsets.UTF_8));
    return matcher.results().map(found -> Digest.parse(found.group(1)));
  }

  private static SSLContext trusting(String authorityPem) {
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "mirror",
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(authorityPem.getBytes(StandardCharsets.US_ASCII))));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("tried to trust the demonstration's CA but " + e, e);
    }
  }

  @Override
  public void close() {
    http.close();
  }

  /**
   * What a pull was like for the client.
   *
   * @param bytes of content
   * @param status the {@code Cache-Status} of the tag's answer
   */
  public record Pull(int requests, long bytes, Duration duration, String status) {}
}
