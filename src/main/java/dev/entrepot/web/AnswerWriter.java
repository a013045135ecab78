package dev.entrepot.web;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.RegistryRequest;
import dev.entrepot.pull.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Puts answers on the wire. */
final class AnswerWriter {

  private static final byte[] PONG = "{}".getBytes(StandardCharsets.UTF_8);

  private AnswerWriter() {}

  static Mono<Void> write(Exchange exchange, RegistryRequest asked, Answer answer) {
    return switch (answer) {
      case Answer.Pong _ -> pong(exchange);
      case Answer.ManifestHead head -> manifestHead(exchange, head);
      case Answer.Manifest manifest -> manifest(exchange, manifest);
      case Answer.BlobHead head -> BlobWriter.head(exchange, routed(exchange, asked, head), head);
      case Answer.Blob blob -> BlobWriter.body(exchange, routed(exchange, asked, blob), blob);
      case Answer.Page page -> page(exchange, asked, page);
    };
  }

  private static Mono<Void> pong(Exchange exchange) {
    exchange.answeredWith(new Exchange.Outcome(200, "pong", ""));
    return bytes(exchange, head(exchange, "application/json"), PONG);
  }

  private static Mono<Void> manifestHead(Exchange exchange, Answer.ManifestHead answer) {
    Descriptor descriptor = answer.descriptor();
    return described(exchange, answer, descriptor)
        .header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(descriptor.size()))
        .send();
  }

  private static Mono<Void> manifest(Exchange exchange, Answer.Manifest answer) {
    return bytes(exchange, described(exchange, answer, answer.descriptor()), answer.bytes());
  }

  private static HttpServerResponse described(
      Exchange exchange, Answer.Routed answer, Descriptor descriptor) {
    return routed(exchange, exchange.asked().orElseThrow(), answer)
        .header(HttpHeaderNames.CONTENT_TYPE, descriptor.mediaType())
        .header(WireHeaders.CONTENT_DIGEST, descriptor.digest().toString())
        .header(HttpHeaderNames.ETAG, WireHeaders.etag(descriptor.digest()));
  }

  private static Mono<Void> page(Exchange exchange, RegistryRequest asked, Answer.Page page) {
    HttpServerResponse response =
        routed(exchange, asked, page).header(HttpHeaderNames.CONTENT_TYPE, page.mediaType());
    page.nextQuery()
        .ifPresent(query -> response.header("Link", NextPage.link(exchange, asked, query)));
    page.filtersApplied().ifPresent(filters -> response.header("OCI-Filters-Applied", filters));
    return bytes(exchange, response, page.body());
  }

  /** The headers of every answer that came from an upstream. */
  private static HttpServerResponse routed(
      Exchange exchange, RegistryRequest asked, Answer.Routed answer) {
    exchange.answeredWith(new Exchange.Outcome(200, answer.status().outcome(), ""));
    HttpServerResponse response =
        exchange
            .response()
            .status(HttpResponseStatus.OK)
            .header(WireHeaders.API_VERSION, WireHeaders.REGISTRY_2)
            .header(WireHeaders.CACHE_STATUS, "entrepot; " + answer.status().parameters());
    if (answer.status().isStale()) {
      response.header(
          HttpHeaderNames.WARNING,
          "299 - \"entrepot: "
              + answer.route().registry()
              + " is in trouble, this is its last answer\"");
    }
    if (asked instanceof RegistryRequest.OfRepository named
        && named.name().namespace().isPresent()) {
      response.header(WireHeaders.NAMESPACE, answer.route().registry().value());
    }
    return response;
  }

  private static HttpServerResponse head(Exchange exchange, String mediaType) {
    return exchange
        .response()
        .status(HttpResponseStatus.OK)
        .header(HttpHeaderNames.CONTENT_TYPE, mediaType)
        .header(WireHeaders.API_VERSION, WireHeaders.REGISTRY_2)
        .header(WireHeaders.CACHE_STATUS, "entrepot; detail=ping");
  }

  private static Mono<Void> bytes(Exchange exchange, HttpServerResponse response, byte[] body) {
    response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
    if (exchange.headersOnly() || body.length == 0) {
      return response.send();
    }
    ByteBuf buffer = Unpooled.wrappedBuffer(body);
    return body.length > BlobWriter.SMALL
        ? BlobWriter.send(exchange, response, Flux.just(buffer))
        : BlobWriter.sendWhole(exchange, response, buffer);
  }
}
