package dev.entrepot.cache;

import dev.entrepot.metrics.Meters;
import dev.entrepot.oci.Digest;
import java.io.IOException;
import java.time.Duration;
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

  private final ConcurrentMap<Digest, Flight> underWay = new ConcurrentHashMap<>();
  private final CacheDirectory directory;
  private final Volume volume;
  private final Blobs blobs;
  private final Room room;
  private final DiskThreads threads;
  private final Tuning tuning;
  private final Meters meters;

  Flights(
      CacheDirectory directory,
      Volume volume,
      Blobs blobs,
      Room room,
      DiskThreads threads,
      Tuning tuning,
      Meters meters) {
    this.directory = directory;
    this.volume = volume;
    this.blobs = blobs;
    this.room = room;
    this.threads = threads;
    this.tuning = tuning;
    this.meters = meters;
    meters.flightsUnderWay(underWay::size);
  }

  Optional<Content> find(Digest digest) {
    return Optional.ofNullable(underWay.get(digest)).flatMap(Flight::content);
  }

  Mono<Fetch> fetch(Digest digest, BlobSource source) {
    return Mono.defer(
        () -> {
          Flight mine = new Flight(digest, source, this);
          Flight other = underWay.putIfAbsent(digest, mine);
          if (other == null) {
            mine.start();
            return fetch(mine, false);
          }
          // The one who started it may have been refused what this one is given.
          return fetch(other, true).onErrorResume(_ -> fetchAgain(digest, source));
        });
  }

  /** Gives what is under way some time to end. */
  Mono<Void> drain(Duration patience) {
    return Flux.fromIterable(underWay.values())
        .flatMap(flight -> flight.done().onErrorComplete(), Integer.MAX_VALUE)
        .then()
        .timeout(patience, Mono.empty(), tuning.timer());
  }

  /** Ends what is under way. */
  void abort() {
    underWay.values().forEach(Flight::abort);
  }

  void ended(Flight flight, Digest digest, String outcome) {
    forget(flight, digest);
    meters.flightEnded(outcome);
    log.debug("flight over digest={} outcome={}", digest, outcome);
  }

  void forget(Flight flight, Digest digest) {
    underWay.remove(digest, flight);
  }

  /** Nothing if the disk has no room for it or does not work. */
  Optional<Fill> newFill(Digest digest, OptionalLong length) {
    Room.Reservation reservation = room.reserve();
    if (!reservation.growTo(length.orElse(0))) {
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

  FileRead file(Progress progress, FileRead.Access access, long from, long to) {
    return new FileRead(progress, access, threads, volume, tuning, from, to);
  }

  PassThrough passThrough(Digest digest, BlobSource source, OptionalLong length) {
    return new PassThrough(digest, source, length, tuning);
  }

  Blobs blobs() {
    return blobs;
  }

  DiskThreads threads() {
    return threads;
  }

  Tuning tuning() {
    return tuning;
  }

  Meters meters() {
    return meters;
  }

  private Mono<Fetch> fetchAgain(Digest digest, BlobSource source) {
    Flight mine = new Flight(digest, source, this);
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
