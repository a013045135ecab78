package dev.entrepot.web;

import dev.entrepot.metrics.Meters;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many connections there are, and that there are never too many. */
final class Crowd {

  private static final Logger log = LoggerFactory.getLogger(Crowd.class);
  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

  private final int most;
  private final Meters meters;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong nextWarning = new AtomicLong(System.nanoTime());

  Crowd(int most, Meters meters) {
    this.most = most;
    this.meters = meters;
  }

  /** Takes in a new connection, or closes it at once. */
  boolean admits(Channel connection) {
    connection.closeFuture().addListener(_ -> open.decrementAndGet());
    if (open.incrementAndGet() <= most) {
      return true;
    }
    meters.clientCut("too-many");
    warn(connection);
    var _ = connection.close();
    return false;
  }

  private void warn(Channel connection) {
    long now = System.nanoTime();
    long due = nextWarning.get();
    if (now - due >= 0 && nextWarning.compareAndSet(due, now + BETWEEN_WARNINGS.toNanos())) {
      log.warn(
          "connection refused, there are {} already client={}", most, connection.remoteAddress());
    }
  }
}
