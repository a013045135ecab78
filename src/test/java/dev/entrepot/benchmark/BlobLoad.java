package dev.entrepot.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;

/** Clients that pull one blob again and again, each time over a new connection; in MiB. */
record BlobLoad(String path, int clients, SSLContext trust) implements Load {

  private static final int READ = 256 * 1024;
  private static final double MIB = 1024 * 1024;

  @Override
  public double run(Peer peer, Duration time) {
    long begin = System.nanoTime();
    long end = begin + time.toNanos();
    long bytes = together(() -> pullUntil(peer, end));
    return bytes / MIB / ((System.nanoTime() - begin) / 1e9);
  }

  /** Every client pulls once. */
  long once(Peer peer) {
    return together(() -> pull(peer));
  }

  private long pullUntil(Peer peer, long end) throws IOException {
    long bytes = 0;
    do {
      bytes += pull(peer);
    } while (System.nanoTime() - end < 0);
    return bytes;
  }

  private long pull(Peer peer) throws IOException {
    try (RawConnection connection = RawConnection.open(peer.address(), trust, READ)) {
      connection.send(peer.request(path));
      return connection.firstResponse();
    }
  }

  private long together(Pull pull) {
    List<Future<Long>> pulls = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      for (int i = 0; i < clients; i++) {
        pulls.add(threads.submit(pull::bytes));
      }
    }
    return pulls.stream().mapToLong(BlobLoad::result).sum();
  }

  private static long result(Future<Long> pull) {
    try {
      return pull.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("tried to pull a blob but " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while pulling", e);
    }
  }

  private interface Pull {
    long bytes() throws IOException;
  }
}
