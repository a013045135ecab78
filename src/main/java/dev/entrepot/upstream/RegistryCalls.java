package dev.entrepot.upstream;

import dev.entrepot.credentials.Credential;
import dev.entrepot.credentials.CredentialException;
import dev.entrepot.credentials.CredentialSource;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.upstream.Whereabouts.Place;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/**
 * Gets an ask answered: over the endpoints in their order, with the rule's credential, patiently
 * when upstream is busy. Yields successes only, and redirects where the ask wants none followed.
 */
final class RegistryCalls {

  private final Failover failover;
  private final OutboundUrlPolicy policy;
  private final CredentialSource credentials;
  private final RegistryAuth auth;
  private final RedirectWalk walk;
  private final Patience patience;
  private final RateLimits limits;
  private final InstantSource clock;

  RegistryCalls(
      Failover failover,
      OutboundUrlPolicy policy,
      CredentialSource credentials,
      RegistryAuth auth,
      RedirectWalk walk,
      Patience patience,
      RateLimits limits,
      InstantSource clock) {
    this.failover = failover;
    this.policy = policy;
    this.credentials = credentials;
    this.auth = auth;
    this.walk = walk;
    this.patience = patience;
    this.limits = limits;
    this.clock = clock;
  }

  /** The answer, whose body is the caller's to use. */
  Mono<UpstreamAnswer> answer(Ask ask) {
    return explained(
        Mono.defer(
            () -> {
              AtomicInteger attempts = new AtomicInteger();
              return patience
                  .with(
                      ask, () -> failover.answer(ask, endpoint -> counted(attempts, ask, endpoint)))
                  .map(answer -> answer.after(attempts.get() - 1));
            }));
  }

  private Mono<UpstreamAnswer> counted(AtomicInteger attempts, Ask ask, Endpoint endpoint) {
    attempts.incrementAndGet();
    return at(ask, endpoint);
  }

  /**
   * Completes when the ask is answered.
   *
   * @param refusalWillDo whether a wish for a credential is answer enough
   */
  Mono<Void> ping(Ask ask, boolean refusalWillDo) {
    Mono<Void> answered =
        patience
            .with(ask, () -> failover.answer(ask, endpoint -> at(ask, endpoint)))
            .flatMap(UpstreamAnswer::discard);
    return explained(
        answered.onErrorResume(
            CredentialRefusedException.class,
            refused -> refusalWillDo ? Mono.empty() : Mono.error(refused)));
  }

  /** What the registry last said about how much we may pull. */
  Optional<RateLimit> rateLimit() {
    return limits.latest();
  }

  private static <T> Mono<T> explained(Mono<T> outcome) {
    return outcome
        .onErrorMap(TroubleException.class, TroubleException::explained)
        .onErrorMap(CredentialRefusedException.class, CredentialRefusedException::explained);
  }

  private Mono<UpstreamAnswer> at(Ask ask, Endpoint endpoint) {
    return Mono.defer(
        () ->
            policy
                .endpointComplaint(endpoint)
                .map(why -> Mono.<UpstreamAnswer>error(forbidden(ask, endpoint, why)))
                .orElseGet(() -> withCredential(ask, endpoint)));
  }

  private static RegistryException forbidden(Ask ask, Endpoint endpoint, String why) {
    String complaint = "that host " + why;
    return ask.failure(
        ErrorCode.DENIED, endpoint, complaint, new RefusedAddressException(complaint), null);
  }

  /** A refused credential may have been replaced in the meantime: then the new one gets a try. */
  private Mono<UpstreamAnswer> withCredential(Ask ask, Endpoint endpoint) {
    return credential(ask)
        .flatMap(
            credential ->
                with(ask, endpoint, credential)
                    .onErrorResume(
                        CredentialRefusedException.class,
                        refused -> withReplacement(ask, endpoint, credential, refused)));
  }

  /** The credential that the ask would be made with. */
  Mono<Credential> credential(Ask ask) {
    return Whereabouts.at(Place.CREDENTIAL, () -> credentials.current(ask.route().address()))
        .onErrorMap(
            CredentialException.class,
            no ->
                ask.credentialFailure(
                    no.isDenied() ? ErrorCode.DENIED : ErrorCode.CREDENTIAL_UNAVAILABLE,
                    String.valueOf(no.getMessage())));
  }

  private Mono<UpstreamAnswer> withReplacement(
      Ask ask, Endpoint endpoint, Credential refused, CredentialRefusedException failure) {
    credentials.refused(refused);
    return credential(ask)
        .flatMap(
            credential ->
                credential.fingerprint().equals(refused.fingerprint())
                    ? Mono.error(failure)
                    : with(ask, endpoint, credential));
  }

  private Mono<UpstreamAnswer> with(Ask ask, Endpoint endpoint, Credential credential) {
    return Whereabouts.at(Place.ENDPOINT, () -> auth.preemptive(ask, endpoint, credential))
        .flatMap(
            first ->
                reply(ask, endpoint, first)
                    .flatMap(
                        reply ->
                            reply.refuses(first)
                                ? again(ask, endpoint, first, reply.refusal().orElseThrow())
                                : finish(ask, endpoint, reply)));
  }

  /** Once: a second refusal is the answer, unless the password itself was offered to be taken. */
  private Mono<UpstreamAnswer> again(Ask ask, Endpoint endpoint, Presented first, Refusal refusal) {
    return auth.afterRefusal(ask, endpoint, first, refusal, ping -> ping(ping, endpoint))
        .flatMap(
            second ->
                reply(ask, endpoint, second)
                    .flatMap(
                        reply ->
                            reply.refuses(second)
                                ? lastly(ask, endpoint, second, reply.refusal().orElseThrow())
                                : finish(ask, endpoint, reply)));
  }

  private Mono<UpstreamAnswer> lastly(
      Ask ask, Endpoint endpoint, Presented second, Refusal refusal) {
    Optional<Presented> password = auth.insteadOfToken(endpoint, second);
    if (password.isEmpty()) {
      return auth.refused(ask, endpoint, second, refusal);
    }
    return reply(ask, endpoint, password.get())
        .flatMap(
            reply ->
                reply.refuses(password.get())
                    ? auth.refused(ask, endpoint, second, refusal)
                    : finish(ask, endpoint, reply).doOnNext(_ -> auth.preferBasic(endpoint)));
  }

  private Mono<Refusal> ping(Ask ask, Endpoint endpoint) {
    return walk.send(ask, endpoint, Optional.empty()).flatMap(Refusal::of);
  }

  private Mono<Reply> reply(Ask ask, Endpoint endpoint, Presented presented) {
    return walk.send(ask, endpoint, presented.header())
        .doOnNext(limits::read)
        .flatMap(
            answer ->
                answer.isSuccess() || answer.isRedirect()
                    ? Mono.just(new Reply(Optional.of(answer), Optional.empty()))
                    : Refusal.of(answer)
                        .map(refusal -> new Reply(Optional.empty(), Optional.of(refusal))));
  }

  private Mono<UpstreamAnswer> finish(Ask ask, Endpoint endpoint, Reply reply) {
    return reply
        .answer()
        .map(Mono::just)
        .orElseGet(() -> Mono.error(reply.refusal().orElseThrow().explain(ask, endpoint, clock)));
  }

  /** Either an answer to use or a refusal to read. */
  private record Reply(Optional<UpstreamAnswer> answer, Optional<Refusal> refusal) {
    boolean refuses(Presented presented) {
      return refusal.filter(no -> no.refusesAuthorization(!presented.isNothing())).isPresent();
    }
  }
}
