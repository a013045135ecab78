package dev.entrepot.upstream;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.upstream.Whereabouts.Place;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * Sends a request and follows redirects by hand. Each hop's headers are made anew; the
 * authorization goes along only while the URL is of the endpoint's origin, and never again once
 * that was left.
 */
final class RedirectWalk {

  private static final int MOST_HOPS = 5;

  private final Transport transport;
  private final OutboundUrlPolicy policy;

  RedirectWalk(Transport transport, OutboundUrlPolicy policy) {
    this.transport = transport;
    this.policy = policy;
  }

  /** The answer at the end of the redirects, or the first answer if the ask wants none followed. */
  Mono<UpstreamAnswer> send(Ask ask, Endpoint endpoint, Optional<String> authorization) {
    return hop(
        new Step(ask, endpoint, authorization, new HashSet<>(), false), ask.request(endpoint));
  }

  private Mono<UpstreamAnswer> hop(Step step, OutboundRequest request) {
    HttpHeaders headers = request.headers().copy();
    if (!step.left()) {
      step.authorization().ifPresent(value -> headers.set("Authorization", value));
    }
    step.ask()
        .validator()
        .filter(validator -> validator.isOf(request.uri()))
        .ifPresent(validator -> headers.set("If-Range", validator.etag()));
    OutboundRequest sent =
        OutboundRequest.of(
            request.kind(), request.method(), request.uri(), headers, request.bulk());
    step.seen().add(request.uri());
    Place place = step.left() ? Place.ELSEWHERE : Place.ENDPOINT;
    return Whereabouts.at(place, () -> transport.send(sent))
        .onErrorMap(UpstreamFailures.during(step.ask(), request.uri().getRawAuthority()))
        .onErrorMap(TroubleException.class, trouble -> trouble.at(place))
        .flatMap(
            answer ->
                answer.isRedirect() && step.ask().follow()
                    ? answer.discard().then(Mono.defer(() -> next(step, request, answer)))
                    : Mono.just(answer.foreign(step.left())));
  }

  private Mono<UpstreamAnswer> next(Step step, OutboundRequest request, UpstreamAnswer answer) {
    String location = answer.header("Location").orElse("");
    URI target;
    try {
      // Byte-exact: a signature covers every character of it.
      target = request.uri().resolve(URI.create(location));
    } catch (IllegalArgumentException _) {
      return refuse(step, request, "it redirected to something that is no URL");
    }
    Optional<String> complaint = policy.redirectComplaint(request.uri(), target, step.endpoint());
    if (complaint.isPresent()) {
      return refuse(
          step,
          request,
          "it redirected to '%s', which %s".formatted(shown(target), complaint.get()));
    }
    if (step.seen().size() > MOST_HOPS || step.seen().contains(target)) {
      return refuse(step, request, "its redirects have no end");
    }
    return hop(
        step.to(target),
        OutboundRequest.of(
            request.kind(), request.method(), target, request.headers(), request.bulk()));
  }

  private static Mono<UpstreamAnswer> refuse(Step step, OutboundRequest request, String why) {
    return Mono.error(
        step.ask().failure(ErrorCode.UPSTREAM_INVALID, request.uri().getRawAuthority(), why));
  }

  /** Without path and query, which may be a signature, and without a user. */
  static String shown(URI uri) {
    String authority = String.valueOf(uri.getRawAuthority());
    String text = uri.getScheme() + "://" + authority.substring(authority.lastIndexOf('@') + 1);
    String printable = text.replaceAll("[^\\x21-\\x7e]", "?");
    return printable.length() > 100 ? printable.substring(0, 100) : printable;
  }

  private record Step(
      Ask ask, Endpoint endpoint, Optional<String> authorization, Set<URI> seen, boolean left) {
    Step to(URI target) {
      return new Step(ask, endpoint, authorization, seen, left || !endpoint.isOriginOf(target));
    }
  }
}
