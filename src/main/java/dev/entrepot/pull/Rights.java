package dev.entrepot.pull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.entrepot.cache.Links;
import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.route.Route;
import dev.entrepot.upstream.RegistryClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Whether we may still have what the cache holds of a repository. Every answer of its upstream
 * tells; where none was given for a while, upstream is asked again about what is wanted, in the
 * background as long as there is time. Who says no is believed at once, about what was asked: the
 * rest of the repository is asked about itself. Who is in trouble has said nothing.
 */
final class Rights {

  private static final Logger log = LoggerFactory.getLogger(Rights.class);

  private static final int MOST = 100_000;

  /** A warm answer has to come within 1.5 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** After trouble nobody waits for the next answer of upstream for so long. */
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(10);

  /** After a refusal the next request asks again, but not every one. */
  private static final Duration AFTER_REFUSAL = Duration.ofSeconds(5);

  private final Origin origin;
  private final Links links;
  private final Duration limit;
  private final Duration due;
  private final InstantSource clock;
  private final Meters meters;
  private final Cache<RepositoryAddress, Standing> standings =
      Caffeine.newBuilder().maximumSize(MOST).build();
  private final Cache<Wanted, Denial> denials = Caffeine.newBuilder().maximumSize(MOST).build();
  private final SingleFlight<RepositoryAddress, Outcome> questions = new SingleFlight<>();
  private final SingleFlight<Wanted, Outcome> ownQuestions = new SingleFlight<>();

  /**
   * @param limit how old upstream's last word may be
   * @param clock one that is never set back
   */
  Rights(Origin origin, Links links, Duration limit, InstantSource clock, Meters meters) {
    this.origin = origin;
    this.links = links;
    this.limit = limit;
    this.due = limit.multipliedBy(4).dividedBy(5);
    this.clock = clock;
    this.meters = meters;
  }

  /** Completes if content that the repository was once proved to hold may be served. */
  Mono<Void> confirm(Route route, Links.Kind kind, Digest digest) {
    return Mono.defer(
        () -> {
          if (origin.isOffline()) {
            return Mono.empty();
          }
          Instant now = clock.instant();
          Standing standing = standings.get(route.address(), _ -> Standing.proved(now.minus(due)));
          Wanted wanted = new Wanted(route.address(), kind, digest);
          Denial denial = denials.getIfPresent(wanted);
          if (denial != null) {
            return isWithin(AFTER_REFUSAL, denial.asked(), now)
                ? Mono.error(denial.no().asRemembered())
                : served(wanted, askAlone(route, wanted), denial.no());
          }
          if (isWithin(due, standing.proved(), now)) {
            return Mono.empty();
          }
          if (isWithin(AFTER_TROUBLE, standing.troubled(), now)
              || isWithin(limit, standing.proved(), now)) {
            // Even in trouble: what says no too late for anyone to wait has said it.
            questions.begin(route.address(), () -> question(route, wanted));
            return Mono.empty();
          }
          return served(wanted, ask(route, wanted), null);
        });
  }

  /** The same answer, after which the repository's standing is known better. */
  <T> Mono<T> learningFrom(Route route, Mono<T> asked) {
    return asked
        .doOnSuccess(_ -> granted(route.address()))
        .doOnError(RegistryException.class, no -> learn(route.address(), no));
  }

  /** Upstream allowed it at that time, which counts if nothing newer is known. */
  void allowedAt(RepositoryAddress repository, Instant when) {
    standings.asMap().computeIfAbsent(repository, _ -> Standing.proved(when));
  }

  private void granted(RepositoryAddress repository) {
    standings.put(repository, Standing.proved(clock.instant()));
  }

  /** Upstream cannot be asked at the moment. */
  void troubled(RepositoryAddress repository) {
    Instant now = clock.instant();
    standings
        .asMap()
        .compute(
            repository,
            (_, known) ->
                (known == null ? Standing.proved(now.minus(due)) : known).withTrouble(now));
  }

  private void learn(RepositoryAddress repository, RegistryException failure) {
    if (RegistryClient.isUpstreamsNo(failure) || failure.code() == ErrorCode.NAME_UNKNOWN) {
      // It may be about this one request: what is served next is asked about itself.
      standings.asMap().computeIfPresent(repository, (_, known) -> known.doubted());
    } else if (isTrouble(failure)) {
      troubled(repository);
    }
  }

  /** What one question tells of the repository, or else one about this alone. */
  private Mono<Outcome> ask(Route route, Wanted wanted) {
    return questions
        .join(route.address(), () -> question(route, wanted))
        .flatMap(outcome -> outcome.isAbout(wanted) ? Mono.just(outcome) : askAlone(route, wanted));
  }

  private Mono<Outcome> askAlone(Route route, Wanted wanted) {
    return ownQuestions.join(wanted, () -> question(route, wanted));
  }

  /**
   * @param denial what is repeated if no answer comes
   */
  private Mono<Void> served(
      Wanted wanted, Mono<Outcome> asked, @Nullable RegistryException denial) {
    return asked
        .timeout(PATIENCE)
        .onErrorResume(
            TimeoutException.class,
            _ -> {
              troubled(wanted.repository());
              return Mono.just(new Outcome.Unanswered());
            })
        .flatMap(
            outcome ->
                switch (outcome) {
                  case Outcome.Granted _ -> Mono.empty();
                  case Outcome.Refused refused -> Mono.error(refused.no());
                  case Outcome.Unanswered _ ->
                      denial == null ? Mono.empty() : Mono.error(denial.asRemembered());
                });
  }

  private Mono<Outcome> question(Route route, Wanted wanted) {
    Mono<?> answer =
        origin
            .client(route)
            .flatMap(
                client ->
                    switch (wanted.kind()) {
                      case MANIFEST -> describeManifest(client, route, wanted.digest());
                      case BLOB -> client.describeBlob(route, wanted.digest()).then();
                    });
    return answer
        .then(Mono.fromSupplier(() -> grant(wanted)))
        .onErrorResume(RegistryException.class, no -> judge(wanted, no))
        .doOnNext(outcome -> meters.rightChecked(route.rule(), outcome.word()));
  }

  /** Some let nobody ask by HEAD what they give by GET. */
  private static Mono<Void> describeManifest(RegistryClient client, Route route, Digest digest) {
    return client
        .headManifest(route, digest)
        .then()
        .onErrorResume(
            RegistryException.class,
            no ->
                RegistryClient.isUpstreamsNo(no)
                    ? client.getManifest(route, digest).then()
                    : Mono.error(no));
  }

  private Outcome grant(Wanted wanted) {
    RepositoryAddress repository = wanted.repository();
    Standing before = standings.getIfPresent(repository);
    denials.invalidate(wanted);
    granted(repository);
    if (before != null && before.refused()) {
      log.info("upstream grants the repository again repository={}", repository);
    }
    return new Outcome.Granted();
  }

  private Mono<Outcome> judge(Wanted wanted, RegistryException no) {
    RepositoryAddress repository = wanted.repository();
    if (RegistryClient.isUpstreamsNo(no)) {
      deny(wanted, no);
      return Mono.just(new Outcome.Refused("denied", wanted, no));
    }
    if (no.code().isNotFound()) {
      return links
          .revoke(repository, wanted.kind(), wanted.digest())
          .thenReturn(new Outcome.Refused("missing", wanted, no));
    }
    troubled(repository);
    return Mono.just(new Outcome.Unanswered());
  }

  private void deny(Wanted wanted, RegistryException no) {
    RepositoryAddress repository = wanted.repository();
    Instant now = clock.instant();
    Denial earlier = denials.asMap().put(wanted, new Denial(no, now));
    Standing known = standings.getIfPresent(repository);
    if (earlier != null && known != null && known.proved().isAfter(earlier.asked())) {
      // Something else was granted meanwhile: this one is refused alone, as before.
      return;
    }
    standings.put(repository, Standing.denied());
    if (known == null || !known.refused()) {
      log.warn(
          "upstream refuses what the cache holds repository={} digest={} because=\"{}\"",
          repository,
          wanted.digest(),
          no.explanation());
    }
  }

  private static boolean isTrouble(RegistryException failure) {
    return failure.code().isUpstreamTrouble() || failure.code() == ErrorCode.UPSTREAM_UNTRUSTED;
  }

  private static boolean isWithin(Duration span, Instant start, Instant now) {
    return now.isBefore(start.plus(span));
  }

  /**
   * What is known of a repository.
   *
   * @param proved when upstream last let us have something of it
   * @param troubled when upstream last could not be asked
   * @param refused whether something of it was refused and nothing granted since
   */
  private record Standing(Instant proved, Instant troubled, boolean refused) {

    static Standing proved(Instant when) {
      return new Standing(when, Instant.EPOCH, false);
    }

    static Standing denied() {
      return new Standing(Instant.EPOCH, Instant.EPOCH, true);
    }

    Standing withTrouble(Instant when) {
      return new Standing(proved, when, refused);
    }

    Standing doubted() {
      return new Standing(Instant.EPOCH, Instant.EPOCH, refused);
    }
  }

  private record Wanted(RepositoryAddress repository, Links.Kind kind, Digest digest) {}

  /** A refusal that stands, and when it was got. */
  private record Denial(RegistryException no, Instant asked) {}

  /** What upstream said. */
  private sealed interface Outcome {

    String word();

    /** Whether it tells whether this may be served. */
    default boolean isAbout(Wanted wanted) {
      return true;
    }

    record Granted() implements Outcome {
      @Override
      public String word() {
        return "granted";
      }
    }

    /**
     * @param word denied, or missing if it is not there any more
     */
    record Refused(String word, Wanted asked, RegistryException no) implements Outcome {
      @Override
      public boolean isAbout(Wanted wanted) {
        return asked.equals(wanted);
      }
    }

    record Unanswered() implements Outcome {
      @Override
      public String word() {
        return "unanswered";
      }
    }
  }
}
