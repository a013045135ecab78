package dev.entrepot.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How far long work is: a bar where a person watches, else a line every so often. */
final class ProgressLine implements AutoCloseable {

  private static final Duration REDRAWN = Duration.ofMillis(100);
  private static final Duration TOLD = Duration.ofSeconds(5);
  private static final int WIDTH = 24;

  private final PrintWriter err;
  private final String what;
  private final boolean isWatched;
  private final InstantSource clock;
  private final Instant start;
  private Instant told;
  private int drawn;

  ProgressLine(PrintWriter err, String what) {
    this(err, what, isTerminal(System.console()), InstantSource.system());
  }

  ProgressLine(PrintWriter err, String what, boolean isWatched, InstantSource clock) {
    this.err = err;
    this.what = what;
    this.isWatched = isWatched;
    this.clock = clock;
    this.start = clock.instant();
    this.told = start;
  }

  private static boolean isTerminal(@Nullable Console console) {
    return console != null && console.isTerminal();
  }

  /** Tells it, unless it was just told. */
  synchronized void at(long bytes, long bytesTotal, long count, long countTotal) {
    if (isDue()) {
      String line =
          "%s of %s, %d of %d blobs, %s"
              .formatted(Sizes.of(bytes), Sizes.of(bytesTotal), count, countTotal, rate(bytes));
      tell(isWatched ? bar(bytes, bytesTotal) + " " + line : line);
    }
  }

  /** The same where nobody knows yet how much it will be. */
  synchronized void reading(long bytes) {
    if (isDue()) {
      tell("%s, %s".formatted(Sizes.of(bytes), rate(bytes)));
    }
  }

  private boolean isDue() {
    Instant now = clock.instant();
    if (Duration.between(told, now).compareTo(isWatched ? REDRAWN : TOLD) < 0) {
      return false;
    }
    told = now;
    return true;
  }

  private String rate(long bytes) {
    long millis = Math.max(1, Duration.between(start, told).toMillis());
    return Sizes.of((long) (bytes * 1000.0 / millis)) + "/s";
  }

  private void tell(String line) {
    if (isWatched) {
      draw(what + " " + line);
    } else {
      err.println(what + ": " + line);
    }
  }

  private static String bar(long done, long total) {
    double share = total == 0 ? 0 : Math.clamp((double) done / total, 0, 1);
    int filled = (int) (share * WIDTH);
    return String.format(
        Locale.ROOT,
        "[%s%s] %3d%%",
        "#".repeat(filled),
        " ".repeat(WIDTH - filled),
        (int) (share * 100));
  }

  private void draw(String line) {
    err.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
    err.flush();
    drawn = line.length();
  }

  /** Prints a line that stays, above the bar. */
  synchronized void say(String line) {
    close();
    err.println(line);
  }

  /** Takes the bar away. */
  @Override
  public synchronized void close() {
    if (drawn > 0) {
      err.print("\r" + " ".repeat(drawn) + "\r");
      err.flush();
      drawn = 0;
    }
  }
}
