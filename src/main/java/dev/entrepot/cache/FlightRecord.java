package dev.entrepot.cache;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What it took to fetch a blob, for the log and the meters. */
final class FlightRecord {

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger resumed = new AtomicInteger();
  private final AtomicInteger restarted = new AtomicInteger();
  private final AtomicInteger retried = new AtomicInteger();
  private final AtomicInteger ahead = new AtomicInteger();
  private final long begun = System.nanoTime();

  void requested() {
    requests.incrementAndGet();
  }

  /** A broken request was followed by one for the rest. */
  void resumed() {
    resumed.incrementAndGet();
  }

  /** A broken request was followed by one from the first byte: the source has no ranges. */
  void restarted() {
    restarted.incrementAndGet();
  }

  /** Something was asked for so many times more, because nothing or something else had come. */
  void retried(int times) {
    retried.addAndGet(times);
  }

  /** A part was fetched ahead for a reader. */
  void ahead() {
    ahead.incrementAndGet();
  }

  int requests() {
    return requests.get();
  }

  int resumptions() {
    return resumed.get();
  }

  int restarts() {
    return restarted.get();
  }

  int retries() {
    return retried.get();
  }

  int partsAhead() {
    return ahead.get();
  }

  /** What went otherwise than straight through, if anything did. */
  Optional<String> history() {
    String all =
        Stream.of(
                happened("resumed", resumed),
                happened("restarted", restarted),
                happened("retried", retried))
            .flatMap(Optional::stream)
            .collect(Collectors.joining("+"));
    return Optional.of(all).filter(what -> !what.isEmpty());
  }

  private static Optional<String> happened(String what, AtomicInteger count) {
    int times = count.get();
    return times == 0 ? Optional.empty() : Optional.of(what + "-" + times);
  }

  @Override
  public String toString() {
    return "requests=%d resumed=%d restarted=%d retried=%d ahead=%d ms=%d"
        .formatted(
            requests.get(),
            resumed.get(),
            restarted.get(),
            retried.get(),
            ahead.get(),
            (System.nanoTime() - begun) / 1_000_000);
  }
}
