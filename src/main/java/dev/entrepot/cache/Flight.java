package dev.entrepot.cache;

import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The one way of a blob from its source to the disk. Belongs to no client: once started it goes on
 * until the blob is stored, or cannot be. One that fetches only what is read rests in between.
 */
final class Flight {

  private static final ByteRange ALL = new ByteRange(0, Long.MAX_VALUE);

  private final Digest digest;
  private final BlobSource source;
  private final Optional<ByteRange> wish;
  private final boolean isSecond;
  private final Flights flights;
  private final FlightRecord record = new FlightRecord();
  private final Sinks.One<Content> opened = Sinks.one();
  private final Sinks.Empty<Void> done = Sinks.empty();
  private volatile @Nullable Transfer transfer;
  private volatile boolean wasStored;

  /**
   * Makes a flight; {@link #start} starts it.
   *
   * @param wish the part that is wanted first, if not all
   * @param isSecond whether an earlier one brought something else than the digest says
   */
  Flight(
      Digest digest,
      BlobSource source,
      Optional<ByteRange> wish,
      boolean isSecond,
      Flights flights) {
    this.digest = digest;
    this.source = source;
    this.wish = wish;
    this.isSecond = isSecond;
    this.flights = flights;
  }

  /** To be called once. */
  void start() {
    if (isSecond) {
      record.retried(1);
    }
    // Detached: no client's cancel reaches the source.
    flights
        .blobs()
        .stored(digest, StoredContent.Again.NEVER)
        .subscribe(
            stored -> stored.ifPresentOrElse(this::needless, this::openSource), this::failToOpen);
  }

  /** Ends it on shutdown. */
  void abort() {
    Transfer running = transfer;
    if (running != null) {
      running.abort(
          new RegistryException(
              ErrorCode.UPSTREAM_UNREACHABLE,
              "tried to fetch %s but Entrepot is shutting down".formatted(digest)));
    }
  }

  /** When the source has answered. */
  Mono<Content> opened() {
    return opened.asMono();
  }

  /** Whether it found the blob stored, by an earlier flight that had just ended. */
  boolean wasStored() {
    return wasStored;
  }

  /** When it is over. */
  Mono<Void> done() {
    return done.asMono();
  }

  /** If the source has answered. */
  Optional<Content> content() {
    return Optional.ofNullable(transfer).map(Transfer::content);
  }

  /** Whether it only waits for the next reader. */
  boolean isIdle() {
    Transfer running = transfer;
    return running != null && running.isIdle();
  }

  /** Ends it if it is idle. */
  void giveUp() {
    Transfer running = transfer;
    if (running != null) {
      running.giveUp();
    }
  }

  FlightRecord record() {
    return record;
  }

  /** Its transfer is over: stored, or passed on because the disk would not take it. */
  void ended(String outcome, long bytes) {
    flights.ended(this, digest, outcome, bytes);
    done.tryEmitEmpty();
  }

  /** What came is not what the digest says. */
  void provedWrong() {
    source.provedWrong();
  }

  /**
   * The content by a second flight, once this one is over with something else than the digest says;
   * empty if this one is a second one.
   */
  Mono<Content> second() {
    return isSecond
        ? Mono.empty()
        : done().onErrorComplete().then(flights.fetchOnceMore(digest, source));
  }

  /** Its transfer is over, without the content. */
  void failed(RegistryException failure, String outcome, long bytes) {
    flights.ended(this, digest, outcome, bytes);
    done.tryEmitError(failure);
  }

  /** What is said of a source's failure. */
  RegistryException failure(Throwable cause) {
    return cause instanceof RegistryException known
        ? known
        : new RegistryException(
            ErrorCode.UPSTREAM_UNREACHABLE,
            "tried to fetch %s but the source failed".formatted(digest),
            cause);
  }

  private void needless(Content stored) {
    wasStored = true;
    flights.forget(this, digest);
    opened.tryEmitValue(stored);
    done.tryEmitEmpty();
  }

  private void openSource() {
    ByteRange first = first();
    request(first)
        .onErrorResume(no -> first.first() > 0 && isAboutThePart(no), _ -> request(ALL))
        .flatMap(answer -> answer.isUsable() ? Mono.just(answer) : requestAllInsteadOf(answer))
        .subscribe(answer -> flights.threads().write(() -> tryToBoard(answer)), this::failToOpen);
  }

  /** A part whose place in the whole is not told is no beginning. */
  private Mono<Answer> requestAllInsteadOf(Answer answer) {
    SteadySource.close(answer.stream());
    return answer.asked().equals(ALL)
        ? Mono.error(new IllegalStateException("the source starts at " + answer.stream().offset()))
        : request(ALL).flatMap(all -> all.isUsable() ? Mono.just(all) : requestAllInsteadOf(all));
  }

  private void tryToBoard(Answer answer) {
    try {
      board(answer);
    } catch (RuntimeException e) {
      SteadySource.close(answer.stream());
      Transfer begun = transfer;
      if (begun == null) {
        failToOpen(e);
      } else {
        begun.abort(failure(e));
        opened.tryEmitError(failure(e));
      }
    }
  }

  /** A part near the start comes soon enough on the way through the whole. */
  private ByteRange first() {
    FetchPolicy policy = flights.policy();
    return wish.filter(part -> !policy.fillsBlob() || part.first() >= policy.lead()).orElse(ALL);
  }

  private Mono<Answer> request(ByteRange part) {
    return Mono.defer(
            () -> {
              record.requested();
              return source.open(part.first(), part.end());
            })
        .doOnNext(stream -> record.retried(stream.retries()))
        .switchIfEmpty(Mono.error(() -> new IllegalStateException("the source gave no stream")))
        .map(stream -> new Answer(part, stream));
  }

  /** A part that lies behind the end is refused with 416. */
  private static boolean isAboutThePart(Throwable no) {
    return no instanceof RegistryException refusal && refusal.code() == ErrorCode.UPSTREAM_INVALID;
  }

  private void board(Answer answer) {
    BlobStream stream = answer.stream();
    OptionalLong length = stream.length();
    Fill fill = flights.newFill(digest, length).orElse(null);
    if (fill == null) {
      flights.forget(this, digest);
      done.tryEmitEmpty();
      opened.tryEmitValue(flights.passThrough(digest, source, length).startingWith(stream, record));
      return;
    }
    Transfer boarding =
        new Transfer(
            digest,
            length,
            fill,
            this,
            flights,
            new SteadySource(digest, source, length, flights.tuning(), record),
            flights.passThrough(digest, source, length));
    transfer = boarding;
    boarding.begin(stream, answer.asked());
    opened.tryEmitValue(boarding.content());
  }

  private void failToOpen(Throwable cause) {
    RegistryException failure = failure(cause);
    flights.ended(this, digest, "failed", 0);
    opened.tryEmitError(failure);
    done.tryEmitError(failure);
  }

  private record Answer(ByteRange asked, BlobStream stream) {

    /** Whether it begins where it was asked to, or at least at the start. */
    boolean isUsable() {
      return stream.offset() == 0
          || (stream.offset() == asked.first() && stream.length().isPresent());
    }
  }
}
