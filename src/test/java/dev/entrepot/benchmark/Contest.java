package dev.entrepot.benchmark;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Loads peers in turns, over several rounds, and tells how they compare. */
final class Contest {

  private static final Duration TURN = Duration.ofSeconds(3);
  private static final int ROUNDS = 7;

  private final String title;
  private final Load load;
  private final Map<String, Series> rates = new TreeMap<>();
  private final Map<String, Series> servers = new TreeMap<>();
  private final Map<String, Series> clients = new TreeMap<>();

  Contest(String title, Load load) {
    this.title = title;
    this.load = load;
  }

  /** Runs all rounds. */
  Contest between(List<Peer> peers) {
    for (int round = 0; round < ROUNDS; round++) {
      for (Peer peer : peers) {
        turn(peer);
      }
    }
    return this;
  }

  private void turn(Peer peer) {
    Duration server = peer.processorTime();
    Duration client = ownTime();
    long begin = System.nanoTime();
    double rate = load.run(peer, TURN);
    double seconds = (System.nanoTime() - begin) / 1e9;
    add(rates, peer, rate);
    add(servers, peer, peer.processorTime().minus(server).toMillis() / 1e3 / seconds);
    add(clients, peer, ownTime().minus(client).toMillis() / 1e3 / seconds);
  }

  private static Duration ownTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static void add(Map<String, Series> measured, Peer peer, double value) {
    measured.computeIfAbsent(peer.name(), _ -> new Series()).add(value);
  }

  /** How many times the first peer's median is the second's. */
  double ratio(String peer, String to) {
    return rate(peer).median() / rate(to).median();
  }

  private Series rate(String peer) {
    Series series = rates.get(peer);
    if (series == null) {
      throw new IllegalArgumentException(peer + " took no part in: " + title);
    }
    return series;
  }

  /** A table, one line a peer. */
  void print(PrintStream out) {
    out.printf("%n%s, %d rounds%n", title, ROUNDS);
    out.printf(
        "  %-16s %9s %9s %9s %9s %12s %12s%n",
        "", "median", "min", "max", "÷ nginx", "server cores", "client cores");
    rates.forEach(
        (peer, series) ->
            out.printf(
                Locale.ROOT,
                "  %-16s %9.0f %9.0f %9.0f %9.2f %12.2f %12.2f%n",
                peer,
                series.median(),
                series.min(),
                series.max(),
                ratio(peer, "nginx"),
                median(servers, peer),
                median(clients, peer)));
  }

  private static double median(Map<String, Series> measured, String peer) {
    return measured.getOrDefault(peer, new Series()).median();
  }

  /** Values measured one after another. */
  private static final class Series {

    private final List<Double> values = new ArrayList<>();

    void add(double value) {
      values.add(value);
      values.sort(null);
    }

    double median() {
      return values.isEmpty() ? Double.NaN : values.get(values.size() / 2);
    }

    double min() {
      return values.getFirst();
    }

    double max() {
      return values.getLast();
    }
  }
}
