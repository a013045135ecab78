package dev.entrepot.cache;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What it took to fetch a blob, for the log and the meters. */
final class FlightRecord {

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger resumed = new AtomicInteger();
  private final AtomicInteger restarted = new AtomicInteger();
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

  int partsAhead() {
    return ahead.get();
  }

  /** What went otherwise than straight through, if anything did. */
  Optional<String> history() {
    int resumptions = resumed.get();
    int restarts = restarted.get();
    if (resumptions + restarts == 0) {
      return Optional.empty();
    }
    return Optional.of(restarts == 0 ? "resumed-" + resumptions : "restarted-" + restarts);
  }

  @Override
  public String toString() {
    return "requests=%d resumed=%d restarted=%d ahead=%d ms=%d"
        .formatted(
            requests.get(),
            resumed.get(),
            restarted.get(),
            ahead.get(),
            (System.nanoTime() - begun) / 1_000_000);
  }
}
