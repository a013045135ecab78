package dev.entrepot.testing;

import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A registry that keeps everything in memory, records every request, and misbehaves when a test
 * says so.
 */
public final class FakeRegistry implements AutoCloseable {

  private final RegistryContent content = new RegistryContent();
  private final RegistryEndpoints endpoints = new RegistryEndpoints(content);
  private final FakeServer server;
  private volatile Function<RecordedRequest, Optional<Reply>> first = _ -> Optional.empty();

  private FakeRegistry(Optional<SslContext> certificate) {
    this.server =
        FakeServer.start(
            request -> first.apply(request).orElseGet(() -> endpoints.answer(request)),
            certificate);
  }

  /** Starts an open registry on plain HTTP. */
  public static FakeRegistry start() {
    return new FakeRegistry(Optional.empty());
  }

  /** Starts an open registry with TLS. */
  public static FakeRegistry start(SslContext certificate) {
    return new FakeRegistry(Optional.of(certificate));
  }

  /** From now on lets in only whom {@code auth} names. */
  public FakeRegistry protect(RegistryAuth auth) {
    return protect(auth, ChallengeStyle.USUAL);
  }

  /** The same, refusing the others in a certain style. */
  public FakeRegistry protect(RegistryAuth auth, ChallengeStyle style) {
    endpoints.protect(new RegistryGuard(auth, style));
    return this;
  }

  /** From now on asks this function first; it answers what it does not leave to the registry. */
  public FakeRegistry answeringFirst(Function<RecordedRequest, Optional<Reply>> other) {
    first = other;
    return this;
  }

  /**
   * From now on hides OCI manifests from clients whose Accept does not name them, as
   * docker-registry 2.8 does.
   */
  public FakeRegistry honouringAccept() {
    endpoints.honourAccept();
    return this;
  }

  /** From now on answers 404 on the referrers API, as registries before OCI 1.1 do. */
  public FakeRegistry withoutReferrers() {
    endpoints.withoutReferrers();
    return this;
  }

  /**
   * From now on answers 307 for blobs, to the Location that the function makes of method, digest
   * and bytes.
   */
  public FakeRegistry redirectingBlobs(Function<BlobRequest, String> location) {
    endpoints.redirectBlobs(location);
    return this;
  }

  /** From now on answers 307 for blobs, to URLs signed by the CDN for the method asked. */
  public FakeRegistry redirectingBlobs(FakeCdn cdn) {
    return redirectingBlobs(
        blob -> cdn.sign(blob.method(), "/blobs/" + blob.digest(), blob.body()).toString());
  }

  /** A blob that somebody asked for. */
  public record BlobRequest(String method, String repository, String digest, Body body) {}

  /** Stores an image under its digest and these tags. */
  public FakeRegistry push(String repository, TestImage image, String... tags) {
    image.blobs().forEach(blob -> content.putBlob(repository, blob.digest(), blob.body()));
    return push(repository, image.manifest(), tags);
  }

  /** Stores an index and its images under their digests, and the index under these tags. */
  public FakeRegistry push(String repository, TestIndex index, String... tags) {
    index.images().forEach(image -> push(repository, image));
    return push(repository, index.manifest(), tags);
  }

  /** Stores a manifest under its digest and these tags. */
  public FakeRegistry push(String repository, ImageManifest manifest, String... tags) {
    content.putManifest(repository, manifest);
    for (var tag : tags) {
      content.tag(repository, tag, manifest.digest());
    }
    return this;
  }

  /** Stores a blob under its true digest. */
  public FakeRegistry push(String repository, TestBlob blob) {
    return pushBlob(repository, blob.digest(), blob);
  }

  /** Stores bytes under whatever digest is claimed. */
  public FakeRegistry pushBlob(String repository, String digest, Body body) {
    content.putBlob(repository, digest, body);
    return this;
  }

  /** Removes a tag; the manifest stays. */
  public void untag(String repository, String tag) {
    content.untag(repository, tag);
  }

  /** Removes a blob. */
  public void removeBlob(String repository, String digest) {
    content.removeBlob(repository, digest);
  }

  /** Removes a manifest; tags that name it answer 404. */
  public void removeManifest(String repository, String digest) {
    content.removeManifest(repository, digest);
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

  /** How many connections are open now. */
  public int openConnections() {
    return server.openConnections();
  }

  /** The origin, with a slash at the end. */
  public URI uri() {
    return server.uri();
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
}
