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
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Whether we may still have what the cache holds of a repository. Every answer of its upstream
 * tells; where none was given for a while, upstream is asked again about what is wanted, in the
 * background as long as there is time. Who says no is believed at once; who is in trouble has said
 * nothing.
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
  private final Clock clock;
  private final Meters meters;
  private final Cache<RepositoryAddress, Standing> standings =
      Caffeine.newBuilder().maximumSize(MOST).build();
  private final SingleFlight<RepositoryAddress, Outcome> questions = new SingleFlight<>();

  /**
   * @param limit how old upstream's last word may be
   * @param clock one that is never set back
   */
  Rights(Origin origin, Links links, Duration limit, Clock clock, Meters meters) {
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
          Wanted wanted = new Wanted(route, kind, digest);
          RegistryException denial = standing.denial();
          if (denial != null) {
            return isWithin(AFTER_REFUSAL, standing.asked(), now)
                ? Mono.error(denial.asRemembered())
                : ask(wanted, denial);
          }
          if (isWithin(due, standing.proved(), now)) {
            return Mono.empty();
          }
          boolean troubled = isWithin(AFTER_TROUBLE, standing.troubled(), now);
          if (troubled || isWithin(limit, standing.proved(), now)) {
            if (!troubled) {
              questions.begin(route.address(), () -> question(wanted));
            }
            return Mono.empty();
          }
          return ask(wanted, null);
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

  private Mono<Void> ask(Wanted wanted, @Nullable RegistryException denial) {
    return questions
        .join(wanted.route().address(), () -> question(wanted))
        .timeout(PATIENCE)
        .onErrorResume(
            TimeoutException.class,
            _ -> {
              troubled(wanted.route().address());
              return Mono.just(new Outcome.Unanswered());
            })
        .flatMap(
            outcome ->
                switch (outcome) {
                  case Outcome.Granted _ -> Mono.empty();
                  case Outcome.Denied(RegistryException no) -> Mono.error(no);
                  case Outcome.Missing(Digest digest, RegistryException no)
                      when digest.equals(wanted.digest()) ->
                      Mono.error(no);
                  case Outcome.Missing _ -> ask(wanted, denial);
                  case Outcome.Unanswered _ ->
                      denial == null ? Mono.empty() : Mono.error(denial.asRemembered());
                });
  }

  private Mono<Outcome> question(Wanted wanted) {
    RepositoryAddress repository = wanted.route().address();
    Mono<?> answer =
        origin
            .client(wanted.route())
            .flatMap(
                client ->
                    switch (wanted.kind()) {
                      case MANIFEST -> describeManifest(client, wanted);
                      case BLOB -> client.describeBlob(wanted.route(), wanted.digest()).then();
                    });
    return answer
        .then(Mono.fromSupplier(() -> grant(repository)))
        .onErrorResume(RegistryException.class, no -> judge(wanted, no))
        .doOnNext(outcome -> meters.rightChecked(wanted.route().rule(), outcome.word()));
  }

  /** Some let nobody ask by HEAD what they give by GET. */
  private static Mono<Void> describeManifest(RegistryClient client, Wanted wanted) {
    return client
        .headManifest(wanted.route(), wanted.digest())
        .then()
        .onErrorResume(
            RegistryException.class,
            no ->
                RegistryClient.isUpstreamsNo(no)
                    ? client.getManifest(wanted.route(), wanted.digest()).then()
                    : Mono.error(no));
  }

  private Outcome grant(RepositoryAddress repository) {
    Standing before = standings.getIfPresent(repository);
    granted(repository);
    if (before != null && before.denial() != null) {
      log.info("upstream grants the repository again repository={}", repository);
    }
    return new Outcome.Granted();
  }

  private Mono<Outcome> judge(Wanted wanted, RegistryException no) {
    RepositoryAddress repository = wanted.route().address();
    if (RegistryClient.isUpstreamsNo(no)) {
      Standing before = standings.asMap().put(repository, Standing.denied(no, clock.instant()));
      if (before == null || before.denial() == null) {
        log.warn(
            "upstream refuses a repository that the cache holds repository={} because=\"{}\"",
            repository,
            no.explanation());
      }
      return Mono.just(new Outcome.Denied(no));
    }
    if (no.code().isNotFound()) {
      return links
          .revoke(repository, wanted.kind(), wanted.digest())
          .thenReturn(new Outcome.Missing(wanted.digest(), no));
    }
    troubled(repository);
    return Mono.just(new Outcome.Unanswered());
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
   * @param denial the refusal that stands
   * @param asked when that was got
   */
  private record Standing(
      Instant proved, Instant troubled, @Nullable RegistryException denial, Instant asked) {

    static Standing proved(Instant when) {
      return new Standing(when, Instant.EPOCH, null, Instant.EPOCH);
    }

    static Standing denied(RegistryException no, Instant when) {
      return new Standing(Instant.EPOCH, Instant.EPOCH, no, when);
    }

    Standing withTrouble(Instant when) {
      return new Standing(proved, when, denial, asked);
    }

    Standing doubted() {
      return new Standing(Instant.EPOCH, Instant.EPOCH, denial, asked);
    }
  }

  private record Wanted(Route route, Links.Kind kind, Digest digest) {}

  /** What upstream said. */
  private sealed interface Outcome {

    String word();

    record Granted() implements Outcome {
      @Override
      public String word() {
        return "granted";
      }
    }

    record Denied(RegistryException no) implements Outcome {
      @Override
      public String word() {
        return "denied";
      }
    }

    record Missing(Digest digest, RegistryException no) implements Outcome {
      @Override
      public String word() {
        return "missing";
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
