package dev.entrepot.upstream;

import dev.entrepot.credentials.Credential;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.route.Route;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Pulls from one registry as its rule says. Every failure is a {@link RegistryException} that says
 * what was tried.
 */
public final class RegistryClient {

  private static final int LARGEST = 8 * 1024 * 1024;

  private static final String MANIFESTS =
      String.join(
          ", ",
          "application/vnd.oci.image.index.v1+json",
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json",
          "application/vnd.docker.distribution.manifest.v2+json",
          "application/vnd.oci.artifact.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v1+prettyjws",
          "application/vnd.docker.distribution.manifest.v1+json",
          "*/*");

  private final boolean parent;
  private final boolean anonymous;
  private final String credentialType;
  private final List<String> endpoints;
  private final RegistryCalls calls;
  private final Pages pages;
  private final RangeMemory ranges;

  RegistryClient(
      UpstreamProperties rule,
      List<Endpoint> endpoints,
      RegistryCalls calls,
      OutboundUrlPolicy policy,
      InstantSource clock) {
    this.anonymous = rule.credentials().isAnonymous();
    this.endpoints = endpoints.stream().map(endpoint -> endpoint.base().toString()).toList();
    this.parent = rule.parent();
    this.credentialType = rule.credentials().type();
    this.calls = calls;
    this.pages = new Pages(policy);
    this.ranges = new RangeMemory(clock);
  }

  /** The credential it shows for this route, or an error that says why there is none. */
  public Mono<Credential> credential(Route route) {
    return calls.credential(ping("get a credential for ", route));
  }

  /**
   * Asks whether the registry answers, and takes the credential if there is one. Without one, a
   * registry that wants one has answered, too.
   */
  public Mono<Void> ping(Route route) {
    return calls.ping(ping("reach ", route), anonymous);
  }

  /** What upstream last said about how much we may pull; empty where it says nothing. */
  public Optional<RateLimit> rateLimit() {
    return calls.rateLimit();
  }

  /** Whether upstream itself says no, not a rule of ours on whom to ask. */
  public static boolean isUpstreamsNo(RegistryException failure) {
    return failure.code() == ErrorCode.DENIED
        && !(failure.getCause() instanceof RefusedAddressException);
  }

  /** Where it asks for this route, in the order of trying. */
  public List<String> endpoints() {
    return endpoints;
  }

  /** Asks what a tag or digest means now, without fetching it. */
  public Mono<UpstreamDescriptor> headManifest(Route route, Reference reference) {
    Ask ask = manifest(HttpMethod.HEAD, route, reference);
    return calls
        .answer(ask)
        .flatMap(
            answer ->
                answer
                    .discard()
                    .thenReturn(
                        new UpstreamDescriptor(
                            answer.mediaType(),
                            answer.header("Docker-Content-Digest").flatMap(Digest::tryParse),
                            answer.length())));
  }

  /** Fetches a manifest of at most 8 MiB; by digest, it is what the digest says. */
  public Mono<UpstreamManifest> getManifest(Route route, Reference reference) {
    return getManifest(manifest(HttpMethod.GET, route, reference), reference, true);
  }

  /**
   * Where something else came than the digest says, another endpoint may have the right bytes. If
   * none has, that is what is said: that it is not found elsewhere would be believed.
   */
  private Mono<UpstreamManifest> getManifest(Ask ask, Reference reference, boolean mayAskAgain) {
    return calls
        .answer(ask)
        .flatMap(
            answer ->
                whole(ask, answer)
                    .flatMap(
                        bytes -> {
                          if (reference instanceof Digest digest && !digest.matches(bytes)) {
                            new Sender(ask, answer).sentSomethingElse();
                            if (mayAskAgain) {
                              return getManifest(ask, reference, false)
                                  .onErrorResume(_ -> checked(ask, reference, answer, bytes));
                            }
                          }
                          return checked(ask, reference, answer, bytes);
                        }));
  }

  private static Mono<UpstreamManifest> checked(
      Ask ask, Reference reference, UpstreamAnswer answer, byte[] bytes) {
    try {
      return Mono.just(ManifestCheck.check(reference, answer.mediaType(), bytes));
    } catch (IllegalArgumentException no) {
      return Mono.error(
          ask.failure(
              ErrorCode.UPSTREAM_INVALID,
              answer.uri().getRawAuthority(),
              String.valueOf(no.getMessage())));
    }
  }

  /**
   * Opens a blob from {@code from} up to, not including, {@code to} ({@link Long#MAX_VALUE}: to the
   * end); {@link UpstreamBlob#offset} says where it really begins.
   *
   * @param known of an earlier answer: a server that now has something else starts over
   */
  public Mono<UpstreamBlob> openBlob(
      Route route, Digest digest, long from, long to, Optional<Validator> known) {
    HttpHeaders headers = OutboundRequest.newHeaders().set("Accept", "*/*");
    if (from > 0 || to < Long.MAX_VALUE) {
      headers.set("Range", "bytes=" + from + "-" + (to < Long.MAX_VALUE ? to - 1 : ""));
    }
    Ask ask = blob(HttpMethod.GET, route, digest, headers, true);
    return calls
        .answer(known.filter(_ -> from > 0).map(ask::onlyIf).orElse(ask))
        .doOnNext(answer -> ranges.learnFrom(answer, from, known))
        .flatMap(answer -> opened(ask, answer, from));
  }

  /**
   * Proves that we may have this blob of this repository; its size, if upstream says it.
   *
   * <p>A redirect is proof enough and is not followed: its signature may be good for one method
   * only.
   */
  public Mono<OptionalLong> describeBlob(Route route, Digest digest) {
    HttpHeaders headers = OutboundRequest.newHeaders().set("Accept", "*/*");
    Ask head = blob(HttpMethod.HEAD, route, digest, headers, false);
    return calls
        .answer(head)
        .flatMap(answer -> answer.discard().thenReturn(sizeOf(answer)))
        .onErrorResume(
            RegistryException.class,
            // ECR Public answers 401 to a HEAD for blobs that it gives by GET.
            no ->
                no.code() == ErrorCode.DENIED || no.code() == ErrorCode.UPSTREAM_INVALID
                    ? calls.answer(head.byGet()).map(RegistryClient::closed)
                    : Mono.error(no));
  }

  /**
   * Fetches a page of the tag list.
   *
   * @param query as the client or {@link UpstreamPage#nextQuery} spells it, without {@code ?}
   */
  public Mono<UpstreamPage> getTags(Route route, String query) {
    return page("tags", "list the tags of ", route, "/tags/list", query);
  }

  /**
   * Fetches a page of a manifest's referrers.
   *
   * @param query as the client or {@link UpstreamPage#nextQuery} spells it, without {@code ?}
   */
  public Mono<UpstreamPage> getReferrers(Route route, Digest digest, String query) {
    return page(
        "referrers", "list what refers to a manifest of ", route, "/referrers/" + digest, query);
  }

  private Mono<UpstreamPage> page(
      String kind, String what, Route route, String path, String query) {
    HttpHeaders headers =
        OutboundRequest.newHeaders()
            .set("Accept", "application/vnd.oci.image.index.v1+json, application/json, */*;q=0.1");
    Ask ask =
        ask(kind, what + route.address(), HttpMethod.GET, route, path, Pages.clean(query), headers)
            .missing(kind.equals("tags") ? ErrorCode.NAME_UNKNOWN : ErrorCode.MANIFEST_UNKNOWN);
    return calls
        .answer(ask)
        .flatMap(answer -> whole(ask, answer).map(body -> pages.read(ask, answer, body)));
  }

  private Ask ping(String what, Route route) {
    return Ask.ofRegistry(
        Ask.PING, what + route.registry(), route, credentialType, ErrorCode.UPSTREAM_INVALID);
  }

  private Ask manifest(HttpMethod method, Route route, Reference reference) {
    HttpHeaders headers = OutboundRequest.newHeaders().set("Accept", MANIFESTS);
    String what = "pull manifest " + reference + " of " + route.address();
    return ask("manifest", what, method, route, "/manifests/" + reference, "", headers);
  }

  private Ask blob(
      HttpMethod method, Route route, Digest digest, HttpHeaders headers, boolean follow) {
    String what = "pull blob " + digest + " of " + route.address();
    Ask ask = ask("blob", what, method, route, "/blobs/" + digest, "", headers);
    return ask.missing(ErrorCode.BLOB_UNKNOWN).follow(follow);
  }

  private Ask ask(
      String kind,
      String what,
      HttpMethod method,
      Route route,
      String path,
      String query,
      HttpHeaders headers) {
    String name = (parent ? route.named() : route.repository()).value();
    String ns = parent ? "ns=" + route.registry() : "";
    String all = query.isEmpty() || ns.isEmpty() ? query + ns : query + "&" + ns;
    return new Ask(
        kind,
        what,
        route,
        credentialType,
        method,
        name + path,
        all,
        headers,
        true,
        ErrorCode.MANIFEST_UNKNOWN,
        Optional.empty());
  }

  private static Mono<byte[]> whole(Ask ask, UpstreamAnswer answer) {
    return answer.bytes(LARGEST).onErrorMap(failed(ask, answer));
  }

  private static java.util.function.Function<Throwable, Throwable> failed(
      Ask ask, UpstreamAnswer answer) {
    return UpstreamFailures.during(ask, answer.uri().getRawAuthority())
        .andThen(
            failure -> {
              if (failure instanceof TroubleException trouble) {
                answer.blame(trouble);
                return trouble.explained();
              }
              return failure;
            });
  }

  private Mono<UpstreamBlob> opened(Ask ask, UpstreamAnswer answer, long offset) {
    Flux<ByteBuf> bytes = answer.body().onErrorMap(failed(ask, answer));
    Sender sender = new Sender(ask, answer);
    if (answer.status() == 200) {
      return Mono.just(
          new UpstreamBlob(
              0,
              answer.length(),
              Validator.of(answer),
              ranges.areGiven(),
              answer.retries(),
              bytes,
              sender));
    }
    Optional<ContentRange> range =
        answer.status() == 206
            ? answer.header("Content-Range").flatMap(ContentRange::parse)
            : Optional.empty();
    if (range.isEmpty() || range.get().first() != offset) {
      answer.close();
      return Mono.error(
          ask.failure(
              ErrorCode.UPSTREAM_INVALID,
              answer.uri().getRawAuthority(),
              "it answered %d, not with the bytes from %d on".formatted(answer.status(), offset)));
    }
    return Mono.just(
        new UpstreamBlob(
            offset,
            range.get().total(),
            Validator.of(answer),
            ranges.areGiven(),
            answer.retries(),
            bytes,
            sender));
  }

  private static OptionalLong closed(UpstreamAnswer answer) {
    answer.close();
    return sizeOf(answer);
  }

  private static OptionalLong sizeOf(UpstreamAnswer answer) {
    return answer.status() == 200 ? answer.length() : OptionalLong.empty();
  }
}
