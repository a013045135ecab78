package dev.entrepot.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Many clients of one blob. */
record Crowds(Stage stage) {

  private static final long GIGABIT = 119_000_000;
  private static final int SLOW_BUFFER = 64 * 1024;
  private static final int SLOW_RATE = 75 * 1024;
  private static final Duration SLOWLY = Duration.ofSeconds(20);
  private static final long NETWORK = 500_000_000;
  private static final Duration SKEW = Duration.ofSeconds(2);
  private static final Duration WHILE_IT_COMES = Duration.ofSeconds(20);

  /** A hundred clients at once, of a blob that nobody has pulled and of the same one again. */
  void hundred() throws IOException {
    int clients = stage.scaled(100);
    List<Path> blobs = stage.blobs("hundred", stage.runs() + 1, stage.mebibytes(128));
    stage.title(
        "Blob of %d MiB, %d clients at once, %d runs",
        stage.mebibytes(128) >> 20, clients, stage.runs());
    try (var upstream = upstream(blobs, Link.unlimited());
        var entrepot = stage.entrepot(upstream);
        var nginx = stage.nginxCache(upstream.uri())) {
      for (Peer peer : List.of(entrepot.peer(), nginx.peer())) {
        hundred(upstream, blobs.size(), clients, peer);
      }
    }
    stage.sweep();
  }

  private void hundred(DistantUpstream upstream, int blobs, int clients, Peer peer) {
    List<Double> cold = new ArrayList<>();
    List<Double> warm = new ArrayList<>();
    List<Double> firstBytes = new ArrayList<>();
    for (int blob = 0; blob < blobs; blob++) {
      String path = upstream.path(blob);
      Callable<TimedPull> pull = () -> TimedPull.secured(peer, path, stage.trust());
      List<TimedPull> first = TimedPull.together(clients, 0, pull);
      List<TimedPull> again = TimedPull.together(clients, 0, pull);
      // The first round is for the JVM to get warm.
      if (blob > 0) {
        cold.add(TimedPull.wholeSeconds(first));
        warm.add(TimedPull.wholeSeconds(again));
        firstBytes.add(TimedPull.median(first, TimedPull::firstByteMillis));
      }
    }
    double whole = median(cold);
    stage.line(
        "%-10s cold %7.2f s, warm %7.2f s, cold ÷ warm %5.2f, median first byte %7.0f ms",
        peer.name(), whole, median(warm), whole / median(warm), median(firstBytes));
  }

  /** What a thousand slow readers of one blob cost in memory. */
  void slow() throws IOException {
    int readers = stage.scaled(1000);
    List<Path> blobs = stage.blobs("slow", 1, stage.mebibytes(512));
    stage.title(
        "%d clients taking %d KiB/s each of one blob of %d MiB over TLS, resident after %d s",
        readers, SLOW_RATE / 1024, stage.mebibytes(512) >> 20, SLOWLY.toSeconds());
    try (var upstream = upstream(blobs, Link.unlimited());
        var entrepot = stage.entrepot(upstream);
        var nginx = stage.nginxCache(upstream.uri())) {
      for (Peer peer : List.of(entrepot.peer(), nginx.peer())) {
        TimedPull.secured(peer, upstream.path(0), stage.trust());
        long before = peer.residentMebibytes("RSS");
        slow(peer, upstream.path(0), readers, before);
      }
    }
    stage.sweep();
  }

  private void slow(Peer peer, String path, int readers, long before) {
    List<Future<TimedPull>> taking = new ArrayList<>();
    long end = System.nanoTime() + SLOWLY.toNanos();
    long during;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      IntStream.range(0, readers)
          .forEach(
              _ ->
                  taking.add(
                      threads.submit(() -> dawdle(narrow(peer), peer, path, SLOW_RATE, end))));
      LockSupport.parkNanos(end - System.nanoTime() - Duration.ofSeconds(1).toNanos());
      during = peer.residentMebibytes("RSS");
    }
    long lost = taking.stream().filter(Crowds::isLost).count();
    stage.line(
        "%-10s %5d MiB before, %5d MiB during, %5d MiB at the most; %d readers were dropped",
        peer.name(), before, during, peer.residentMebibytes("HWM"), lost);
  }

  private RawConnection narrow(Peer peer) throws IOException {
    return RawConnection.openNarrow(peer.address(), stage.trust(), SLOW_BUFFER);
  }

  /** A client that takes so many bytes a second until then or the end, and leaves. */
  private TimedPull dawdle(RawConnection connected, Peer peer, String path, double rate, long end)
      throws IOException {
    try (RawConnection connection = connected) {
      long asked = System.nanoTime();
      connection.send(peer.request(path));
      long length = connection.head();
      long taken = connection.awaitBody(1);
      long first = System.nanoTime();
      while (taken < length && System.nanoTime() - end < 0) {
        LockSupport.parkNanos((long) (1e9 * SLOW_BUFFER / rate));
        taken = connection.awaitBody(taken + 1);
      }
      return new TimedPull(asked, first, System.nanoTime());
    }
  }

  private static boolean isLost(Future<TimedPull> reader) {
    try {
      reader.get();
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /**
   * Scorecard A 1: a deployment that starts everywhere within two seconds, of clients that each
   * have their part of a network of 4 Gbit/s, and of clients that take all the processors give. All
   * are connected before, as they are who have just pulled the manifest: on as few processors as
   * here, five hundred handshakes would be most of what is measured. A first crowd is for the JVM
   * to get warm.
   */
  void herd() throws IOException {
    int clients = stage.scaled(500);
    List<Path> blobs = stage.blobs("herd", 1 + 2 * stage.runs(), stage.mebibytes(1024));
    stage.title(
        "%d connected clients within 2 s, one cold blob of %d MiB, upstream on a 119 MB/s link, %d s of it, %d runs",
        clients, stage.mebibytes(1024) >> 20, WHILE_IT_COMES.toSeconds(), stage.runs());
    double share = (double) NETWORK / clients;
    try (var upstream = upstream(blobs, Link.of(GIGABIT));
        var entrepot = stage.entrepot(upstream)) {
      herd(clients, share, upstream, 0, entrepot.peer());
      for (int run = 0; run < stage.runs(); run++) {
        stage.line(
            "sharing a network of 4 Gbit/s: %s",
            herd(clients, share, upstream, 1 + run, entrepot.peer()));
      }
      for (int run = 0; run < stage.runs(); run++) {
        stage.line(
            "taking all they can: %s",
            herd(
                clients,
                Double.POSITIVE_INFINITY,
                upstream,
                1 + stage.runs() + run,
                entrepot.peer()));
      }
      stage.line("resident at the most %d MiB", entrepot.peer().residentMebibytes("HWM"));
    }
    stage.sweep();
  }

  private Herd herd(int clients, double rate, DistantUpstream upstream, int blob, Peer peer)
      throws IOException {
    Queue<RawConnection> connected = new ConcurrentLinkedQueue<>();
    for (int client = 0; client < clients; client++) {
      connected.add(narrow(peer));
    }
    String path = upstream.path(blob);
    long end = System.nanoTime() + WHILE_IT_COMES.toNanos();
    List<TimedPull> pulls =
        TimedPull.together(
            clients, SKEW.toNanos(), () -> dawdle(connected.remove(), peer, path, rate, end));
    double[] late =
        pulls.stream()
            .mapToDouble(
                pull -> (pull.first() - Math.max(pull.asked(), upstream.firstByte(blob))) / 1e6)
            .sorted()
            .toArray();
    return new Herd(late, (double) upstream.sent(blob) / stage.mebibytes(1024));
  }

  /**
   * How a herd was served.
   *
   * @param late how many milliseconds after upstream's each client had its first byte, sorted
   * @param sent what upstream sent of the blob, by its size
   */
  private record Herd(double[] late, double sent) {

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "first byte after upstream's: median %.0f ms, 99 of 100 %.0f ms, the last %.0f ms; upstream sent %.3f × the blob",
          late[late.length / 2],
          late[late.length * 99 / 100],
          late[late.length - 1],
          sent);
    }
  }

  private static DistantUpstream upstream(List<Path> blobs, Link link) throws IOException {
    return new DistantUpstream(blobs, Duration.ZERO, link, Link::unlimited);
  }

  private static double median(List<Double> values) {
    return TimedPull.median(values.stream().mapToDouble(Double::doubleValue));
  }
}
