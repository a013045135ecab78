package dev.entrepot.testing;

import dev.entrepot.upstream.TimeoutProperties;
import java.time.Duration;
import org.springframework.util.unit.DataSize;

/** Limits that tests set for upstreams; clients have the usual time, and any pace will do. */
public final class Timeouts {

  private Timeouts() {}

  /** The usual ones, but for an answer's headers and for a body that stops. */
  public static TimeoutProperties of(Duration headers, Duration idle) {
    TimeoutProperties usual = TimeoutProperties.defaults();
    return limits(usual.connect(), usual.tls(), headers, idle, DataSize.ofBytes(0));
  }

  /** The same, and a body has to bring so much a second. */
  public static TimeoutProperties of(Duration headers, Duration idle, DataSize slowest) {
    TimeoutProperties usual = TimeoutProperties.defaults();
    return limits(usual.connect(), usual.tls(), headers, idle, slowest);
  }

  /** One for all that an upstream does. */
  public static TimeoutProperties all(Duration limit) {
    return limits(limit, limit, limit, limit, DataSize.ofBytes(0));
  }

  private static TimeoutProperties limits(
      Duration connect, Duration tls, Duration headers, Duration idle, DataSize slowest) {
    return new TimeoutProperties(
        connect, tls, headers, idle, slowest, TimeoutProperties.defaults().client());
  }
}
