package dev.entrepot.testing;

import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A blob host behind signed URLs that is as strict as S3: byte-exact targets, bound to a method, no
 * second credential.
 */
public final class FakeCdn implements AutoCloseable {

  private final Map<String, SignedUrl> signed = new ConcurrentHashMap<>();
  private final Map<String, String> hops = new ConcurrentHashMap<>();
  private final AtomicLong signatures = new AtomicLong();
  private final FakeServer server;
  private volatile boolean ranges = true;
  private volatile int usesOfNewUrls = Integer.MAX_VALUE;

  private FakeCdn(Optional<SslContext> certificate) {
    this.server = FakeServer.start(this::answer, certificate);
  }

  private record SignedUrl(String method, Body body, AtomicInteger usesLeft) {}

  /** Starts a host on plain HTTP. */
  public static FakeCdn start() {
    return new FakeCdn(Optional.empty());
  }

  /** Starts a host with TLS. */
  public static FakeCdn start(SslContext certificate) {
    return new FakeCdn(Optional.of(certificate));
  }

  /**
   * A URL good for this method only. The raw path is kept as it is, so it may contain {@code %2F},
   * {@code %2B}, {@code +} and {@code :}.
   */
  public URI sign(String method, String rawPath, Body body) {
    var target =
        rawPath
            + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20300101%2Fregion"
            + "&X-Amz-Signature="
            + signatures.incrementAndGet();
    signed.put(target, new SignedUrl(method, body, new AtomicInteger(usesOfNewUrls)));
    return URI.create(origin() + target);
  }

  /** A URL that answers with a redirect to this Location, given as it shall appear. */
  public URI redirect(String rawPath, String location) {
    hops.put(rawPath, location);
    return URI.create(origin() + rawPath);
  }

  /** The first URL of a chain of so many redirects that ends at the target. */
  public URI chain(int redirects, URI target) {
    var next = target;
    for (int hop = 0; hop < redirects; hop++) {
      next = redirect("/hop/" + signatures.incrementAndGet(), next.toString());
    }
    return next;
  }

  /** A URL that leads to itself by way of another. */
  public URI loop() {
    long id = signatures.incrementAndGet();
    redirect("/loop/b" + id, "/loop/a" + id);
    return redirect("/loop/a" + id, "/loop/b" + id);
  }

  /** From now on new URLs expire after so many uses. */
  public FakeCdn expiringAfter(int uses) {
    usesOfNewUrls = uses;
    return this;
  }

  /** Makes every URL signed so far expired. */
  public void expireAll() {
    signed.values().forEach(url -> url.usesLeft().set(0));
  }

  /** From now on ignores Range. */
  public FakeCdn withoutRanges() {
    ranges = false;
    return this;
  }

  /** The faults to apply. */
  public ChaosRules chaos() {
    return server.chaos();
  }

  /** Every request so far. */
  public List<RecordedRequest> requests() {
    return server.log().all();
  }

  /** The log of requests, to wait on or to clear. */
  public RequestLog log() {
    return server.log();
  }

  /** How many requests of this method had this text in their target. */
  public long count(String method, String targetContains) {
    return server.log().count(method, targetContains);
  }

  /** How many body bytes have been handed to the network. */
  public long bodyBytesSent() {
    return server.bodyBytesSent();
  }

  /** {@code 127.0.0.1:port}. */
  public String authority() {
    return server.authority();
  }

  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
  }

  private String origin() {
    var uri = server.uri().toString();
    return uri.substring(0, uri.length() - 1);
  }

  private Reply answer(RecordedRequest request) {
    if (request.header("Authorization").isPresent() || request.header("Cookie").isPresent()) {
      return refusal(
          400,
          "InvalidArgument",
          "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature"
              + " query string parameter or the Authorization header should be specified");
    }
    var location = hops.get(request.target());
    if (location != null) {
      return Reply.of(302).with("Location", location);
    }
    var url = signed.get(request.target());
    if (url == null || !url.method().equals(request.method())) {
      return refusal(
          403,
          "SignatureDoesNotMatch",
          "The request signature we calculated does not match the signature you provided.");
    }
    if (url.usesLeft().getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
      return refusal(403, "AccessDenied", "Request has expired");
    }
    var asked = ranges ? request : request.without("Range");
    var reply =
        Ranges.answer(asked, url.body(), "\"cdn-" + url.body().length() + "\"")
            .with("Content-Type", "binary/octet-stream");
    return ranges ? reply : reply.without("Accept-Ranges");
  }

  private static Reply refusal(int status, String code, String message) {
    return Reply.text(
        status,
        "application/xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(code, message));
  }
}
