package dev.entrepot.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/** Connections that ask for one manifest again and again, one request at a time; in requests. */
record ManifestLoad(String path, int connections, int threads, SSLContext trust) implements Load {

  private static final int READ = 32 * 1024;

  @Override
  public double run(Peer peer, Duration time) {
    List<Looper> loopers = IntStream.range(0, threads).mapToObj(_ -> connect(peer)).toList();
    long begin = System.nanoTime();
    List<Thread> running =
        loopers.stream()
            .map(looper -> Thread.ofPlatform().start(() -> looper.run(begin + time.toNanos())))
            .toList();
    try {
      for (Thread thread : running) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while pulling", e);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    return loopers.stream().mapToLong(Looper::served).sum() / seconds;
  }

  private Looper connect(Peer peer) {
    byte[] request = peer.request(path);
    List<RawConnection> open = new ArrayList<>();
    long length = 0;
    try {
      for (int i = 0; i < connections / threads; i++) {
        RawConnection connection = RawConnection.open(peer.address(), trust, READ);
        open.add(connection);
        connection.send(request);
        length = connection.firstResponse();
      }
      return new Looper(peer, request, length, open);
    } catch (IOException e) {
      throw new UncheckedIOException("tried to connect to " + peer.name() + " but could not", e);
    }
  }

  /** One thread with its share of the connections. */
  private static final class Looper {

    private final Peer peer;
    private final byte[] request;
    private final long length;
    private final List<RawConnection> connections;
    private long served = -1;

    Looper(Peer peer, byte[] request, long length, List<RawConnection> connections) {
      this.peer = peer;
      this.request = request;
      this.length = length;
      this.connections = connections;
    }

    void run(long end) {
      try (Selector selector = Selector.open()) {
        for (RawConnection connection : connections) {
          connection.hand(selector, connection);
          connection.send(request);
        }
        long count = 0;
        while (System.nanoTime() - end < 0) {
          selector.select(100);
          for (SelectionKey key : selector.selectedKeys()) {
            count += answered((RawConnection) key.attachment());
          }
          selector.selectedKeys().clear();
        }
        for (RawConnection connection : connections) {
          connection.close();
        }
        served = count;
      } catch (IOException e) {
        throw new UncheckedIOException(
            "tried to pull manifests from " + peer.name() + " but could not", e);
      }
    }

    private int answered(RawConnection connection) throws IOException {
      long arrived = connection.progress();
      if (arrived > length) {
        throw new IllegalStateException(
            "%s sent %d bytes, not %d".formatted(peer.name(), arrived, length));
      }
      if (arrived < length) {
        return 0;
      }
      connection.nextResponse();
      connection.send(request);
      return 1;
    }

    long served() {
      if (served < 0) {
        throw new IllegalStateException("a client of " + peer.name() + " broke off");
      }
      return served;
    }
  }
}
