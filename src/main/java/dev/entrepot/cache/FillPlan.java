package dev.entrepot.cache;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decides which part of a blob is requested next, so that hardly a byte is fetched twice. Guarded
 * by its flight.
 */
final class FillPlan {

  /** Less than this is fetched again rather than stepped over: that takes a request of its own. */
  private static final long WORTH_SKIPPING = 1024L * 1024;

  private final FetchPolicy policy;
  private final Extents filled;
  private OptionalLong length = OptionalLong.empty();
  private boolean hasRanges = true;

  FillPlan(FetchPolicy policy, Extents filled) {
    this.policy = policy;
    this.filled = filled;
  }

  /** A request to make. */
  record Part(long from, long to, Purpose purpose) {}

  /** What a request is made for. */
  enum Purpose {
    /** To go through the whole. */
    WHOLE,
    /** To help one that goes through the whole. */
    HELP,
    /** For a reader whom others would not serve soon. */
    READER
  }

  void lengthIs(OptionalLong bytes) {
    length = bytes;
  }

  /** The source starts at the first byte whatever it is asked for: who does goes on to the end. */
  void hasNoRanges(List<Request> requests) {
    hasRanges = false;
    requests.stream()
        .filter(request -> request.begin() == 0)
        .forEach(request -> request.stopAt(length.orElse(Long.MAX_VALUE)));
  }

  /** What the first request is to bring, which was made before anything was known. */
  Part first(long from, long to) {
    long end = Math.min(to, length.orElse(Long.MAX_VALUE));
    return new Part(from, isParallel() ? Math.min(end, from + policy.part()) : end, Purpose.WHOLE);
  }

  boolean hasRanges() {
    return hasRanges;
  }

  /** Whether a request cannot but bring everything from the first gap on. */
  boolean goesThroughAll() {
    return !hasRanges || length.isEmpty();
  }

  /** What to request for a reader that waits at {@code position}, if anything. */
  Optional<Part> forReader(List<Request> requests, long position, long to) {
    boolean isSoonThere =
        requests.stream().anyMatch(request -> request.isSoonAt(position, policy.lead()));
    if (isSoonThere || filled.endFrom(position) > position) {
      return Optional.empty();
    }
    if (length.isEmpty() || !hasRanges) {
      return requests.isEmpty() ? Optional.of(rest()) : Optional.empty();
    }
    if (requests.size() >= policy.mostRequests()) {
      return Optional.empty();
    }
    long end = Math.min(Math.min(to, length.getAsLong()), filled.nextFrom(position, 1));
    for (Request request : requests) {
      if (request.position() > position) {
        end = Math.min(end, request.position());
      } else if (position < request.stop() && end - position >= WORTH_SKIPPING) {
        end = Math.min(end, request.stop());
        request.stopAt(position);
      }
    }
    return end > position ? Optional.of(new Part(position, end, Purpose.READER)) : Optional.empty();
  }

  /** What to request of the whole, if anything. */
  Optional<Part> forWhole(List<Request> requests) {
    if (length.isEmpty() || !hasRanges) {
      return requests.isEmpty() && filled.endFrom(0) < length.orElse(Long.MAX_VALUE)
          ? Optional.of(rest())
          : Optional.empty();
    }
    if (requests.size() >= (isParallel() ? policy.connections() : 1)) {
      return Optional.empty();
    }
    long from = firstGap(requests);
    long end = Math.min(length.getAsLong(), filled.nextFrom(from, WORTH_SKIPPING));
    for (Request request : requests) {
      if (request.position() > from) {
        end = Math.min(end, request.position());
      }
    }
    if (isParallel()) {
      end = Math.min(end, from + policy.part());
    }
    Purpose purpose = requests.isEmpty() ? Purpose.WHOLE : Purpose.HELP;
    return end > from ? Optional.of(new Part(from, end, purpose)) : Optional.empty();
  }

  private boolean isParallel() {
    return hasRanges
        && policy.fillsBlob()
        && policy.connections() > 1
        && length.orElse(0) >= policy.parallelAbove();
  }

  /** The first byte that neither is there nor is coming. */
  private long firstGap(List<Request> requests) {
    long at = filled.endFrom(0);
    long next = endOfCovered(requests, at);
    while (next > at) {
      at = next;
      next = endOfCovered(requests, at);
    }
    return at;
  }

  /**
   * Where the bytes end that, from here on, are coming or there. Bytes land before their request
   * moves on: looked for in this order, none is missed.
   */
  private long endOfCovered(List<Request> requests, long at) {
    long coming =
        requests.stream()
            .filter(request -> request.position() <= at && at < request.stop())
            .mapToLong(Request::stop)
            .max()
            .orElse(at);
    return filled.endFrom(coming);
  }

  private Part rest() {
    return new Part(filled.endFrom(0), length.orElse(Long.MAX_VALUE), Purpose.WHOLE);
  }
}
