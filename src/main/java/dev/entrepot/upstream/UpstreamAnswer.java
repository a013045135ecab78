package dev.entrepot.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The head of an upstream's answer, and its body still to come: exactly one of {@link #body},
 * {@link #bytes} and {@link #discard} must be used.
 *
 * @param foreign whether a redirect led to it that left the endpoint's origin
 * @param endpoint how the one that was asked does; none as long as it is not known to have answered
 * @param retries how often it had been asked for in vain before, there or at another endpoint
 */
record UpstreamAnswer(
    int status,
    HttpHeaders headers,
    URI uri,
    boolean foreign,
    Transport.Inbound inbound,
    Optional<EndpointHealth> endpoint,
    int retries) {

  UpstreamAnswer foreign(boolean left) {
    return new UpstreamAnswer(status, headers, uri, left, inbound, endpoint, retries);
  }

  UpstreamAnswer by(EndpointHealth asked) {
    return new UpstreamAnswer(status, headers, uri, foreign, inbound, Optional.of(asked), retries);
  }

  UpstreamAnswer after(int times) {
    return new UpstreamAnswer(status, headers, uri, foreign, inbound, endpoint, times);
  }

  /**
   * Its body is no good, which is no fault of the endpoint's if that redirected to another host.
   */
  void blame(TroubleException trouble) {
    endpoint.ifPresent(
        asked -> asked.brokeOff(foreign ? trouble.at(Whereabouts.Place.ELSEWHERE) : trouble));
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name)).map(String::trim).filter(v -> !v.isEmpty());
  }

  List<String> headerAll(String name) {
    return headers.getAll(name);
  }

  /** The {@code Content-Type} without parameters, in lower case; empty if there is none. */
  String mediaType() {
    return header("Content-Type")
        .map(type -> type.split(";", 2)[0].trim().toLowerCase(java.util.Locale.ROOT))
        .orElse("");
  }

  /** The {@code Content-Length}, if it is a number. */
  OptionalLong length() {
    String length = headers.get("Content-Length");
    return length == null || !length.trim().matches("[0-9]{1,18}")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(length.trim()));
  }

  boolean isRedirect() {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> header("Location").isPresent();
      default -> false;
    };
  }

  boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** The bytes as they arrive; whoever subscribes releases them. */
  Flux<ByteBuf> body() {
    return inbound.body();
  }

  /** The whole body; fails with {@link BodyTooLargeException} past the limit. */
  Mono<byte[]> bytes(int limit) {
    return inbound.bytes(limit);
  }

  /** At most so much of the body, then the answer is over; a failure ends it early. */
  Mono<byte[]> excerpt(int limit) {
    return inbound.excerpt(limit);
  }

  /** Gives the connection back, or closes it if too much is still to come. */
  Mono<Void> discard() {
    return inbound.excerpt(Transport.DRAINED).then();
  }

  /** Closes without waiting for more. */
  void close() {
    inbound.close();
  }
}
