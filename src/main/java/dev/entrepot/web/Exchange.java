package dev.entrepot.web;

import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryRequest;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslClosedEngineException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** One request and its response, with what the access log tells of them. */
final class Exchange {

  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final Duration patience;
  private final Outboxes outboxes;
  private final long begun = System.nanoTime();
  private @Nullable RegistryRequest understood;
  private @Nullable Outcome outcome;
  private @Nullable Throwable broken;
  private long bytes;
  private long announced = -1;
  private long left;

  Exchange(
      HttpServerRequest request,
      HttpServerResponse response,
      Duration patience,
      Outboxes outboxes) {
    this.request = request;
    this.response = response;
    this.patience = patience;
    this.outboxes = outboxes;
  }

  HttpServerResponse response() {
    return response;
  }

  /** The connection, or the HTTP/2 stream in it. */
  Channel channel() {
    AtomicReference<Channel> channel = new AtomicReference<>();
    response.withConnection(connection -> channel.set(connection.channel()));
    return channel.get();
  }

  /** What the connection's event loop has to write. */
  Outbox outbox() {
    return outboxes.of(channel());
  }

  /** How long the client may take nothing of its answer. */
  Duration patience() {
    return patience;
  }

  String method() {
    return request.method().name();
  }

  boolean isRead() {
    return request.method().equals(HttpMethod.GET) || headersOnly();
  }

  boolean headersOnly() {
    return request.method().equals(HttpMethod.HEAD);
  }

  String path() {
    String uri = request.uri();
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  String query() {
    String uri = request.uri();
    int query = uri.indexOf('?');
    return query < 0 ? "" : uri.substring(query + 1);
  }

  String hostHeader() {
    return header(HttpHeaderNames.HOST).orElse("");
  }

  Optional<String> header(CharSequence name) {
    return Optional.ofNullable(request.requestHeaders().get(name));
  }

  /** Whether what is written goes to the socket with neither TLS nor frames around it. */
  boolean sendsBytesAsTheyAre() {
    Channel channel = channel();
    return !(channel instanceof Http2StreamChannel)
        && channel.pipeline().get(NettyPipeline.SslHandler) == null;
  }

  /** The client's address, for the log. */
  String client() {
    InetSocketAddress address = request.remoteAddress();
    return address == null || address.getAddress() == null
        ? "unknown"
        : address.getAddress().getHostAddress();
  }

  void understood(RegistryRequest asked) {
    this.understood = asked;
  }

  Optional<RegistryRequest> asked() {
    return Optional.ofNullable(understood);
  }

  /**
   * Whether the status line may be on its way, so that an error can only be told by ending short.
   */
  boolean hasStarted() {
    return outcome != null;
  }

  /** Fixes what the answer is; headers follow at once. */
  void answeredWith(Outcome answer) {
    this.outcome = answer;
  }

  Outcome outcome() {
    return outcome == null ? Outcome.CLIENT_GONE : outcome;
  }

  void sent(long count) {
    bytes += count;
  }

  /** The body has so many bytes. */
  void announced(long length) {
    announced = length;
  }

  /** So many bytes of the body have left for the client. */
  void left(long count) {
    left = count;
  }

  /** Whether the client has been sent all of it, whatever it does next. */
  boolean hasAllLeft() {
    return left == announced;
  }

  /** Whether any of the body is on its way. */
  boolean hasSentAnything() {
    return bytes > 0;
  }

  long bytes() {
    return bytes;
  }

  void broken(Throwable error) {
    this.broken = error;
  }

  /** Whether the body ended short because the client left. */
  boolean isClientGone() {
    return broken instanceof ClosedChannelException
        || broken instanceof SslClosedEngineException
        || (broken != null && AbortedException.isConnectionReset(broken));
  }

  /** Whether the body ended short because the client stayed and took nothing. */
  boolean isClientStalled() {
    return broken instanceof StalledClientException;
  }

  /** Why the body ended short, if that was not the client's doing. */
  Optional<String> brokenBecause() {
    return Optional.ofNullable(isClientGone() || isClientStalled() ? null : broken)
        .map(
            error ->
                error instanceof RegistryException refused
                    ? refused.explanation()
                    : error.toString());
  }

  Duration duration() {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /**
   * How a request ended.
   *
   * @param cache one word: hit, miss, …, or the error's code
   * @param explanation the sentence the client was given, if it was refused
   */
  record Outcome(int status, String cache, String explanation) {

    /** The client left before there was an answer; the status is the one nginx logs. */
    static final Outcome CLIENT_GONE = new Outcome(499, "client-gone", "");
  }
}
