package dev.entrepot.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the first pull of a blob costs, beside pulling it straight from its upstream. */
record ColdBlobs(Stage stage) {

  /** A gigabit, without what Ethernet, IP and TCP add. */
  private static final long GIGABIT = 119_000_000;

  private static final long CONNECTION = 20_000_000;
  private static final Duration DISTANCE = Duration.ofMillis(20);
  private static final String STRAIGHT = "upstream";

  /** Scorecard G 55: the time of a whole blob. */
  void throughALink() throws IOException {
    compare("on a 119 MB/s link that all connections share", Link.of(GIGABIT));
    compare("without a limit, all on this machine", Link.unlimited());
  }

  private void compare(String where, Link link) throws IOException {
    List<Path> blobs = stage.blobs("link", stage.runs() + 1, stage.mebibytes(256));
    try (var upstream = new DistantUpstream(blobs, Duration.ZERO, link, Link::unlimited);
        var entrepot = stage.entrepot(upstream);
        var nginx = stage.nginxCache(upstream.uri())) {
      Map<String, List<TimedPull>> pulls = inTurns(upstream, blobs.size(), entrepot, nginx);
      stage.title(
          "Cold blob of %d MiB %s, 1 client, %d runs",
          stage.mebibytes(256) >> 20, where, stage.runs());
      double straight = TimedPull.median(of(pulls, STRAIGHT), TimedPull::seconds);
      pulls.forEach(
          (peer, runs) -> {
            double seconds = TimedPull.median(runs, TimedPull::seconds);
            stage.line("%-10s %8.3f s   %6.3f ÷ upstream", peer, seconds, seconds / straight);
          });
    }
    stage.sweep();
  }

  /** How much later than upstream's the first byte is. */
  void firstByte() throws IOException {
    List<Path> blobs = stage.blobs("first", 4 * stage.runs() + 1, 1 << 20);
    try (var upstream = new DistantUpstream(blobs, DISTANCE, Link.unlimited(), Link::unlimited);
        var entrepot = stage.entrepot(upstream);
        var nginx = stage.nginxCache(upstream.uri())) {
      Map<String, List<TimedPull>> pulls = inTurns(upstream, blobs.size(), entrepot, nginx);
      stage.title(
          "First byte of a cold blob, upstream answering after %d ms, %d runs",
          DISTANCE.toMillis(), blobs.size() - 1);
      double straight = TimedPull.median(of(pulls, STRAIGHT), TimedPull::firstByteMillis);
      pulls.forEach(
          (peer, runs) -> {
            double millis = TimedPull.median(runs, TimedPull::firstByteMillis);
            stage.line("%-10s %8.2f ms   %+7.2f ms to upstream's", peer, millis, millis - straight);
          });
    }
    stage.sweep();
  }

  /** Every peer pulls every blob; the first is not counted. */
  private Map<String, List<TimedPull>> inTurns(
      DistantUpstream upstream, int blobs, EntrepotProcess entrepot, Nginx nginx)
      throws IOException {
    Map<String, List<TimedPull>> pulls = new TreeMap<>();
    Peer straight = new Peer(STRAIGHT, upstream.address(), ProcessHandle.current().pid());
    for (int blob = 0; blob < blobs; blob++) {
      String path = upstream.path(blob);
      Map<String, TimedPull> round =
          Map.of(
              STRAIGHT,
              TimedPull.plain(straight, path),
              "entrepot",
              TimedPull.secured(entrepot.peer(), path, stage.trust()),
              "nginx",
              TimedPull.secured(nginx.peer(), path, stage.trust()));
      if (blob > 0) {
        round.forEach(
            (peer, pull) -> pulls.computeIfAbsent(peer, _ -> new ArrayList<>()).add(pull));
      }
    }
    return pulls;
  }

  private static List<TimedPull> of(Map<String, List<TimedPull>> pulls, String peer) {
    return pulls.getOrDefault(peer, List.of());
  }

  /** What several ranged requests at once gain where each connection is slow. */
  void pieces() throws IOException {
    stage.title(
        "Cold blob of %d MiB, upstream giving each connection 20 MB/s and 20 ms away, %d runs",
        stage.mebibytes(256) >> 20, stage.runs());
    for (int connections : List.of(1, 2, 4, 8)) {
      List<Path> blobs = stage.blobs("pieces", stage.runs() + 1, stage.mebibytes(256));
      try (var upstream =
          new DistantUpstream(blobs, DISTANCE, Link.unlimited(), () -> Link.of(CONNECTION))) {
        withConnections(connections, upstream, blobs.size());
      }
      stage.sweep();
    }
  }

  private void withConnections(int connections, DistantUpstream upstream, int blobs)
      throws IOException {
    try (var entrepot = stage.entrepot(upstream, "--entrepot.cache.connections=" + connections)) {
      List<TimedPull> pulls = new ArrayList<>();
      for (int blob = 0; blob < blobs; blob++) {
        pulls.add(TimedPull.secured(entrepot.peer(), upstream.path(blob), stage.trust()));
      }
      double seconds = TimedPull.median(pulls.subList(1, pulls.size()), TimedPull::seconds);
      stage.line(
          "%d connections %8.2f s %8.0f MB/s",
          connections, seconds, stage.mebibytes(256) / seconds / 1e6);
    } catch (AssertionError e) {
      if (!String.valueOf(e.getMessage()).contains("entrepot.cache.connections")) {
        throw e;
      }
      stage.line("%d connections: this program knows no entrepot.cache.connections", connections);
    }
  }
}
