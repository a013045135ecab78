package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The flights under way, one a digest, and what they all need. */
final class Flights {

  private static final Logger log = LoggerFactory.getLogger(Flights.class);

  /** Each has an open file, also the one that waits for its next reader. */
  private static final int MOST = 512;

  private final ConcurrentMap<Digest, Flight> underWay = new ConcurrentHashMap<>();
  private final CacheDirectory directory;
  private final Volume volume;
  private final Blobs blobs;
  private final Room room;
  private final DiskThreads threads;
  private final Tuning tuning;
  private final Meters meters;
  private final FetchPolicy policy;
  private final RequestShare share;

  Flights(
      CacheDirectory directory,
      Volume volume,
      Blobs blobs,
      Room room,
      DiskThreads threads,
      Tuning tuning,
      FetchPolicy policy,
      Meters meters) {
    this.directory = directory;
    this.volume = volume;
    this.blobs = blobs;
    this.room = room;
    this.threads = threads;
    this.tuning = tuning;
    this.policy = policy;
    this.share = new RequestShare(tuning.prefetch(), tuning.piece());
    this.meters = meters;
    meters.flightsUnderWay(underWay::size);
  }

  boolean isUnderWay(Digest digest) {
    return underWay.containsKey(digest);
  }

  Optional<Content> find(Digest digest) {
    return Optional.ofNullable(underWay.get(digest)).flatMap(Flight::content);
  }

  Mono<Fetch> fetch(Digest digest, BlobSource source, Optional<ByteRange> wish) {
    return fetch(digest, source, wish, false);
  }

  /** After something else came than the digest says; no third time. */
  Mono<Content> fetchOnceMore(Digest digest, BlobSource source) {
    return fetch(digest, source, Optional.empty(), true).map(Fetch::content);
  }

  private Mono<Fetch> fetch(
      Digest digest, BlobSource source, Optional<ByteRange> wish, boolean isSecond) {
    return Mono.defer(
        () -> {
          Flight mine = new Flight(digest, source, wish, isSecond, this);
          Flight other = underWay.putIfAbsent(digest, mine);
          if (other == null) {
            mine.start();
            return fetch(mine, false);
          }
          // The one who started it may have been refused what this one is given.
          return fetch(other, true).onErrorResume(_ -> fetchAgain(digest, source, wish));
        });
  }

  /** Gives what is under way some time to end; what only fetches for readers has no end. */
  Mono<Void> drain(Duration patience) {
    return Flux.fromIterable(underWay.values())
        .filter(_ -> policy.fillsBlob())
        .flatMap(flight -> flight.done().onErrorComplete(), Integer.MAX_VALUE)
        .then()
        .timeout(patience, Mono.empty(), tuning.timer());
  }

  /** Ends what is under way. */
  void abort() {
    underWay.values().forEach(Flight::abort);
  }

  void ended(Flight flight, Digest digest, String outcome, long bytes) {
    forget(flight, digest);
    fetched(digest, outcome, bytes, flight.record());
  }

  /** Counts and logs what it took. */
  void fetched(Digest digest, String outcome, long bytes, FlightRecord record) {
    meters.flightEnded(outcome);
    meters.flightRequests("resumed", record.resumptions());
    meters.flightRequests("restarted", record.restarts());
    meters.flightRequests("retried", record.retries());
    meters.flightRequests("ahead", record.partsAhead());
    log.info("blob fetched digest={} outcome={} bytes={} {}", digest, outcome, bytes, record);
  }

  void forget(Flight flight, Digest digest) {
    underWay.remove(digest, flight);
  }

  /** Nothing if the disk has no room for it or does not work. */
  Optional<Fill> newFill(Digest digest, OptionalLong length) {
    long wanted = policy.fillsBlob() ? length.orElse(0) : 0;
    Room.Reservation reservation = room.reserve();
    if (underWay.size() > MOST) {
      giveUpIdle();
    }
    if (!reservation.growTo(wanted) && !(giveUpIdle() && reservation.growTo(wanted))) {
      log.debug("no room, passing through digest={} bytes={}", digest, length.orElse(-1));
      return Optional.empty();
    }
    try {
      return Optional.of(Fill.create(directory, volume, blobs, reservation));
    } catch (IOException e) {
      reservation.end();
      meters.diskFailed("create");
      log.warn("disk does not work, passing through digest={} reason={}", digest, e.toString());
      return Optional.empty();
    }
  }

  /** Drops the parts of blobs that nobody reads at the moment; true if there were any. */
  boolean giveUpIdle() {
    List<Flight> idle = underWay.values().stream().filter(Flight::isIdle).toList();
    idle.forEach(Flight::giveUp);
    return !idle.isEmpty();
  }

  FileRead<ByteBuf> file(Progress progress, FileRead.Access access, long from, long to) {
    return new FileRead<>(
        progress,
        access,
        threads,
        tuning.share(),
        new BufferReader(volume, tuning.buffers()),
        from,
        to);
  }

  PassThrough passThrough(Digest digest, BlobSource source, OptionalLong length) {
    return new PassThrough(digest, source, length, this);
  }

  Blobs blobs() {
    return blobs;
  }

  DiskThreads threads() {
    return threads;
  }

  FetchPolicy policy() {
    return policy;
  }

  RequestShare share() {
    return share;
  }

  Tuning tuning() {
    return tuning;
  }

  Meters meters() {
    return meters;
  }

  private Mono<Fetch> fetchAgain(Digest digest, BlobSource source, Optional<ByteRange> wish) {
    Flight mine = new Flight(digest, source, wish, false, this);
    Flight other = underWay.putIfAbsent(digest, mine);
    if (other == null) {
      mine.start();
    }
    return fetch(other == null ? mine : other, other != null);
  }

  private static Mono<Fetch> fetch(Flight flight, boolean collapsed) {
    return flight
        .opened()
        .map(
            content ->
                new Fetch(
                    content,
                    collapsed || flight.wasStored(),
                    !(content instanceof PassThrough),
                    flight.done()));
  }
}
