package dev.entrepot.web;

import dev.entrepot.cache.Content;
import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RangeRequest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.pull.Answer;
import dev.entrepot.pull.PullService;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCounted;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Puts blobs on the wire, whole or the parts that were asked for (RFC 9110 §14). */
final class BlobWriter {

  /** Up to this size head and body leave in one piece, once all of it is there. */
  static final int SMALL = 64 << 10;

  /** What is there already takes no longer. */
  private static final Duration A_MOMENT = Duration.ofSeconds(1);

  private static final String MEDIA_TYPE = "application/octet-stream";

  private BlobWriter() {}

  static Mono<Void> head(Exchange exchange, HttpServerResponse response, Answer.BlobHead answer) {
    describe(response, answer.digest()).header(HttpHeaderNames.CONTENT_TYPE, MEDIA_TYPE);
    answer
        .length()
        .ifPresent(
            length -> response.header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length)));
    return response.send();
  }

  static Mono<Void> body(Exchange exchange, HttpServerResponse response, Answer.Blob answer) {
    describe(response, answer.digest());
    OptionalLong length = answer.content().length();
    if (length.isEmpty()) {
      response.header(HttpHeaderNames.CONTENT_TYPE, MEDIA_TYPE);
      return send(exchange, response, answer.content().read(0, Long.MAX_VALUE));
    }
    return switch (asked(exchange, answer, length.getAsLong())) {
      case RangeRequest.Whole _ -> whole(exchange, response, answer, length.getAsLong());
      case RangeRequest.Unsatisfiable _ -> unsatisfiable(exchange, response, length.getAsLong());
      case RangeRequest.Parts(List<ByteRange> ranges) ->
          ranges.size() == 1
              ? part(exchange, response, answer, ranges.getFirst(), length.getAsLong())
              : parts(exchange, response, answer, ranges, length.getAsLong());
    };
  }

  /** The part that a request wants first, before anything is known of the blob. */
  static Optional<ByteRange> wish(Exchange exchange) {
    return exchange
        .header(HttpHeaderNames.RANGE)
        .flatMap(RangeRequest.Header::parse)
        .map(RangeRequest.Header::first);
  }

  private static HttpServerResponse describe(
      HttpServerResponse response, dev.entrepot.oci.Digest digest) {
    return response
        .header(WireHeaders.CONTENT_DIGEST, digest.toString())
        .header(HttpHeaderNames.ETAG, WireHeaders.etag(digest))
        .header(HttpHeaderNames.ACCEPT_RANGES, "bytes");
  }

  private static RangeRequest asked(Exchange exchange, Answer.Blob answer, long length) {
    boolean sameContent =
        exchange
            .header(HttpHeaderNames.IF_RANGE)
            .map(WireHeaders.etag(answer.digest())::equals)
            .orElse(true);
    return exchange
        .header(HttpHeaderNames.RANGE)
        .filter(_ -> sameContent)
        .flatMap(RangeRequest.Header::parse)
        .map(header -> header.within(length))
        .orElseGet(RangeRequest.Whole::new);
  }

  private static Mono<Void> whole(
      Exchange exchange, HttpServerResponse response, Answer.Blob answer, long length) {
    response
        .header(HttpHeaderNames.CONTENT_TYPE, MEDIA_TYPE)
        .header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
    return length == 0
        ? response.send()
        : send(exchange, response, answer.content(), 0, Long.MAX_VALUE, length);
  }

  private static Mono<Void> unsatisfiable(
      Exchange exchange, HttpServerResponse response, long length) {
    exchange.answeredWith(new Exchange.Outcome(416, exchange.outcome().cache(), ""));
    return response
        .status(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        .header(HttpHeaderNames.CONTENT_RANGE, "bytes */" + length)
        .header(HttpHeaderNames.CONTENT_LENGTH, "0")
        .send();
  }

  private static Mono<Void> part(
      Exchange exchange,
      HttpServerResponse response,
      Answer.Blob answer,
      ByteRange range,
      long length) {
    partial(exchange, response)
        .header(HttpHeaderNames.CONTENT_TYPE, MEDIA_TYPE)
        .header(HttpHeaderNames.CONTENT_RANGE, range.contentRange(length))
        .header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(range.length()));
    return send(
        exchange, response, answer.content(), range.first(), end(range, length), range.length());
  }

  private static Mono<Void> parts(
      Exchange exchange,
      HttpServerResponse response,
      Answer.Blob answer,
      List<ByteRange> ranges,
      long length) {
    MultipartRanges multipart = new MultipartRanges(answer.digest(), ranges, length);
    partial(exchange, response)
        .header(HttpHeaderNames.CONTENT_TYPE, multipart.contentType())
        .header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(multipart.contentLength()));
    return send(exchange, response, multipart.body(answer.content()));
  }

  /** A part that goes on to the end is one of a whole, whose end waits for the digest. */
  static long end(ByteRange range, long length) {
    return range.isOpen() ? Long.MAX_VALUE : Math.min(range.end(), length);
  }

  private static HttpServerResponse partial(Exchange exchange, HttpServerResponse response) {
    exchange.answeredWith(new Exchange.Outcome(206, exchange.outcome().cache(), ""));
    return response.status(HttpResponseStatus.PARTIAL_CONTENT);
  }

  private static Mono<Void> send(
      Exchange exchange,
      HttpServerResponse response,
      Content content,
      long from,
      long to,
      long length) {
    if (length > SMALL) {
      exchange.announced(length);
      return send(
          exchange,
          response,
          exchange.sendsBytesAsTheyAre()
              ? content.readForSocket(from, to)
              : content.read(from, to));
    }
    return new SmallBody(content.read(from, to), left(exchange), () -> tooLate(exchange))
        .flatMap(bytes -> sendWhole(exchange, response, bytes))
        .onErrorResume(
            error -> !exchange.hasSentAnything(), error -> instead(exchange, response, error));
  }

  /** How much longer the client waits for headers, of which none have left yet. */
  private static Duration left(Exchange exchange) {
    Duration left = PullService.PATIENCE.minus(exchange.duration());
    return left.compareTo(A_MOMENT) > 0 ? left : A_MOMENT;
  }

  private static RegistryException tooLate(Exchange exchange) {
    boolean isStored = exchange.outcome().cache().equals("hit");
    return new RegistryException(
        isStored ? ErrorCode.INTERNAL : ErrorCode.UPSTREAM_UNREACHABLE,
        "tried to pull %s but its bytes did not come %s within %d s"
            .formatted(
                exchange.asked().map(RegistryRequest::describe).orElse(exchange.path()),
                isStored ? "from the disk" : "from upstream",
                PullService.PATIENCE.toSeconds()));
  }

  /** Nothing has left yet: the client is told what happened. */
  private static Mono<Void> instead(
      Exchange exchange, HttpServerResponse response, Throwable error) {
    response.responseHeaders().clear();
    return ErrorRenderer.render(exchange, error);
  }

  static Mono<Void> sendWhole(Exchange exchange, HttpServerResponse response, ByteBuf body) {
    exchange.sent(body.readableBytes());
    return response.sendObject(body).then();
  }

  static Mono<Void> send(
      Exchange exchange, HttpServerResponse response, Flux<? extends ReferenceCounted> body) {
    Flux<? extends ReferenceCounted> counted =
        body.doOnNext(piece -> exchange.sent(Content.length(piece)));
    // The body is read while the headers leave, which stand before it in the event loop's queue.
    return Mono.when(
        response.sendHeaders(),
        new PacedBody(
            counted, exchange.channel(), exchange.outbox(), exchange.patience(), exchange::left));
  }
}
