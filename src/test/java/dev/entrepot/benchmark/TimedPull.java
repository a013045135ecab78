package dev.entrepot.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import javax.net.ssl.SSLContext;

/** When a client asked, had the first byte and had the last, on the clock of this JVM. */
record TimedPull(long asked, long first, long last) {

  private static final int READ = 64 * 1024;

  /** One client, over TLS, that does not decrypt. */
  static TimedPull secured(Peer peer, String path, SSLContext trust) throws IOException {
    try (BlobConnection connection = RawConnection.open(peer.address(), trust, READ)) {
      return over(connection, peer.request(path));
    }
  }

  /** One client without TLS. */
  static TimedPull plain(Peer peer, String path) throws IOException {
    try (BlobConnection connection = PlainConnection.open(peer.address(), READ)) {
      return over(connection, peer.request(path));
    }
  }

  /** Many clients that do the same, evenly spread over so many nanoseconds. */
  static List<TimedPull> together(int clients, long spread, Callable<TimedPull> one) {
    List<Future<TimedPull>> pulls = new ArrayList<>();
    long begin = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < clients; client++) {
        long due = begin + spread * client / clients;
        pulls.add(
            threads.submit(
                () -> {
                  LockSupport.parkNanos(due - System.nanoTime());
                  return one.call();
                }));
      }
    }
    return pulls.stream().map(TimedPull::result).toList();
  }

  /** Several clients, over TLS, that pull one new blob after another for this time. */
  static void keepOn(
      int clients, Duration time, Peer peer, Supplier<String> paths, SSLContext trust) {
    long end = System.nanoTime() + time.toNanos();
    List<Future<TimedPull>> last = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < clients; client++) {
        last.add(threads.submit(() -> pullUntil(end, peer, paths, trust)));
      }
    }
    last.forEach(TimedPull::result);
  }

  private static TimedPull pullUntil(long end, Peer peer, Supplier<String> paths, SSLContext trust)
      throws IOException {
    TimedPull pull;
    do {
      pull = secured(peer, paths.get(), trust);
    } while (System.nanoTime() - end < 0);
    return pull;
  }

  private static TimedPull result(Future<TimedPull> pull) {
    try {
      return pull.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("tried to pull a blob but " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while pulling", e);
    }
  }

  private static TimedPull over(BlobConnection connection, byte[] request) throws IOException {
    long asked = System.nanoTime();
    connection.send(request);
    long length = connection.head();
    connection.awaitBody(1);
    long first = System.nanoTime();
    connection.awaitBody(length);
    return new TimedPull(asked, first, System.nanoTime());
  }

  double seconds() {
    return (last - asked) / 1e9;
  }

  double firstByteMillis() {
    return (first - asked) / 1e6;
  }

  static double median(List<TimedPull> pulls, ToDoubleFunction<TimedPull> of) {
    return median(pulls.stream().mapToDouble(of));
  }

  static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /** From the first question to the last byte of all. */
  static double wholeSeconds(List<TimedPull> pulls) {
    long begun = pulls.stream().mapToLong(TimedPull::asked).min().orElseThrow();
    long ended = pulls.stream().mapToLong(TimedPull::last).max().orElseThrow();
    return (ended - begun) / 1e9;
  }
}
