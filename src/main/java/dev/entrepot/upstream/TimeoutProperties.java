package dev.entrepot.upstream;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings under {@code entrepot.timeouts}: how long an upstream may take, and a client.
 *
 * @param connect until a TCP connection stands
 * @param tls until its TLS handshake is done
 * @param headers from the request to the answer's headers
 * @param idle without a byte of a body that we are ready to take
 * @param client without taking a byte of an answer that is ready for it
 */
public record TimeoutProperties(
    @DefaultValue("4s") Duration connect,
    @DefaultValue("5s") Duration tls,
    @DefaultValue("20s") Duration headers,
    @DefaultValue("30s") Duration idle,
    @DefaultValue("60s") Duration client) {

  public TimeoutProperties {
    check("connect", connect);
    check("tls", tls);
    check("headers", headers);
    check("idle", idle);
    check("client", client);
  }

  /** What holds when nothing is configured. */
  public static TimeoutProperties defaults() {
    return new TimeoutProperties(
        Duration.ofSeconds(4),
        Duration.ofSeconds(5),
        Duration.ofSeconds(20),
        Duration.ofSeconds(30),
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
