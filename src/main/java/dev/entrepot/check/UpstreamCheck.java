package dev.entrepot.check;

import dev.entrepot.credentials.Credential;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.pull.Upstreams;
import dev.entrepot.route.HostPattern;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.RegistryClient;
import dev.entrepot.upstream.UpstreamProperties;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Mints the credential of every rule and asks every registry that a rule names outright. */
public final class UpstreamCheck {

  private static final int AT_ONCE = 8;

  /** No registry is asked for it: a ping names no repository. */
  private static final RepositoryName ANY = new RepositoryName("entrepot/check");

  /** Where ECR is tried for a pattern if the environment prefers no region. */
  private static final String REGION = "us-east-1";

  private final Upstreams upstreams;
  private final String region;

  /**
   * Makes a check of these upstreams.
   *
   * @param environment where {@code AWS_REGION} says in which region ECR is tried for a pattern
   */
  public UpstreamCheck(Upstreams upstreams, Map<String, String> environment) {
    this.upstreams = upstreams;
    this.region =
        environment.getOrDefault(
            "AWS_REGION", environment.getOrDefault("AWS_DEFAULT_REGION", REGION));
  }

  /**
   * Looks at these rules, in their order.
   *
   * @param builtin rules that nobody asked for by name: out of reach, they are only noted
   */
  public Flux<Finding> findings(List<UpstreamProperties> own, List<UpstreamProperties> builtin) {
    return Flux.concat(
        Flux.fromIterable(own).flatMapSequential(rule -> findings(rule, true), AT_ONCE),
        Flux.fromIterable(builtin).flatMapSequential(rule -> findings(rule, false), AT_ONCE));
  }

  private Flux<Finding> findings(UpstreamProperties rule, boolean wanted) {
    Optional<RegistryHost> exact = HostPattern.parse(rule.match()).exactHost();
    boolean canMint = exact.isPresent() || rule.credentials().isMintedForAnyRegistry();
    Route route = route(rule, exact);
    RegistryClient client = upstreams.clients().of(route);
    Mono<Finding> credential =
        rule.credentials().isAnonymous()
            ? Mono.empty()
            : canMint
                ? credential(rule, client.credential(route))
                : Mono.just(
                    Finding.note(
                        "credential",
                        "%s rule '%s' makes a credential for each registry; try it with --image"
                            .formatted(rule.credentials().type(), rule.match())));
    boolean canAsk = exact.isPresent() || (canMint && !rule.endpoints().isEmpty());
    Mono<Finding> reach =
        canAsk
            ? reach(rule, client.ping(route), wanted)
            : Mono.just(
                Finding.note(
                    "upstream",
                    "rule '%s' names no registry outright; try one with --image"
                        .formatted(rule.match())));
    // One refusal is told once.
    return credential
        .flatMapMany(
            found ->
                found.result() == Finding.Result.FAILED
                    ? Flux.just(found)
                    : Flux.concat(Mono.just(found), reach))
        .switchIfEmpty(reach);
  }

  /** A registry that the pattern could stand for; a host of ECR's names an account and a region. */
  private String example(String match) {
    return match
        .split("/", 2)[0]
        .replaceFirst("^\\*+(?=\\.dkr[.-]ecr)", "000000000000")
        .replaceFirst("(?<=\\.dkr[.-]ecr\\.)\\*+", region)
        .replaceAll("\\*+", "example");
  }

  private static Mono<Finding> credential(UpstreamProperties rule, Mono<Credential> minted) {
    String name = rule.credentials().type() + " rule '" + rule.match() + "'";
    return minted
        .map(
            credential ->
                credential instanceof Credential.Anonymous
                    ? Finding.note("credential", name + ": there is none for this registry")
                    : Finding.ok("credential", name + ": " + lifetime(credential)))
        .onErrorResume(
            RegistryException.class,
            no -> Mono.just(Finding.failed("credential", no.explanation())));
  }

  private static String lifetime(Credential credential) {
    return credential
        .expiresAt()
        .map(end -> "good until " + end.truncatedTo(ChronoUnit.SECONDS))
        .orElse("there is one");
  }

  private static Mono<Finding> reach(UpstreamProperties rule, Mono<Void> ping, boolean wanted) {
    String name = "rule '" + rule.match() + "'";
    String with =
        rule.credentials().isAnonymous() ? " answers" : " answers and takes the credential";
    return ping.thenReturn(Finding.ok("upstream", name + with))
        .onErrorResume(
            RegistryException.class,
            no ->
                Mono.just(
                    wanted
                        ? Finding.failed("upstream", no.explanation())
                        : Finding.note("upstream", no.explanation())));
  }

  private Route route(UpstreamProperties rule, Optional<RegistryHost> exact) {
    RegistryHost host = exact.orElseGet(() -> new RegistryHost(example(rule.match())));
    return new Route(rule.match(), new RepositoryAddress(host, ANY), ANY);
  }
}
