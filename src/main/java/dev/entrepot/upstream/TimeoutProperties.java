package dev.entrepot.upstream;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings under {@code entrepot.timeouts}: how long an upstream may take, and a client.
 *
 * @param connect until a TCP connection stands
 * @param tls until its TLS handshake is done
 * @param headers from the wish to the answer's headers, over all endpoints, tokens and attempts
 * @param idle without a byte of a body that we are ready to take
 * @param slowest the bytes of a body that have to come each second, on average over {@code idle},
 *     while we are ready to take them
 * @param client without taking a byte of an answer that is ready for it
 */
public record TimeoutProperties(
    @DefaultValue("4s") Duration connect,
    @DefaultValue("5s") Duration tls,
    @DefaultValue("9s") Duration headers,
    @DefaultValue("30s") Duration idle,
    @DefaultValue("1KB") DataSize slowest,
    @DefaultValue("60s") Duration client) {

  private static final DataSize FASTEST_FLOOR = DataSize.ofGigabytes(1);

  public TimeoutProperties {
    check("connect", connect);
    check("tls", tls);
    check("headers", headers);
    check("idle", idle);
    if (slowest.isNegative() || slowest.compareTo(FASTEST_FLOOR) > 0) {
      throw new IllegalArgumentException(
          "entrepot.timeouts.slowest is '%s'; choose a size a second between 0B, for none, and 1GB."
              .formatted(slowest));
    }
    check("client", client);
  }

  /** What holds when nothing is configured. */
  public static TimeoutProperties defaults() {
    return new TimeoutProperties(
        Duration.ofSeconds(4),
        Duration.ofSeconds(5),
        Duration.ofSeconds(9),
        Duration.ofSeconds(30),
        DataSize.ofKilobytes(1),
        Duration.ofSeconds(60));
  }

  private static void check(String key, Duration value) {
    if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "entrepot.timeouts.%s is '%s'; choose a duration between 1ms and 1h."
              .formatted(key, value));
    }
  }
}
