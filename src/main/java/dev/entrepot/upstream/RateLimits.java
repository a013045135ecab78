package dev.entrepot.upstream;

import dev.entrepot.metrics.Meters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads from one registry's answers how much it still lets us pull. */
final class RateLimits {

  private static final Logger log = LoggerFactory.getLogger(RateLimits.class);

  /** {@code 100;w=21600}: so many in so many seconds. */
  private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,9})(?:\\s*;\\s*w=([0-9]{1,9}))?");

  private static final Pattern SOURCE = Pattern.compile("[\\x21-\\x7e]{1,100}");

  private final String upstream;
  private final InstantSource clock;
  private final Meters meters;
  private final AtomicReference<@Nullable RateLimit> latest = new AtomicReference<>();

  /**
   * @param upstream the rule's name, for meters and the log
   */
  RateLimits(String upstream, InstantSource clock, Meters meters) {
    this.upstream = upstream;
    this.clock = clock;
    this.meters = meters;
  }

  Optional<RateLimit> latest() {
    return Optional.ofNullable(latest.get());
  }

  void read(UpstreamAnswer answer) {
    Optional<Matcher> limit = amount(answer, "RateLimit-Limit");
    Optional<Matcher> remaining = amount(answer, "RateLimit-Remaining");
    if (limit.isEmpty() || remaining.isEmpty()) {
      return;
    }
    String seconds = limit.get().group(2);
    RateLimit said =
        new RateLimit(
            Long.parseLong(limit.get().group(1)),
            Long.parseLong(remaining.get().group(1)),
            Duration.ofSeconds(seconds == null ? 0 : Long.parseLong(seconds)),
            answer
                .header("docker-ratelimit-source")
                .filter(source -> SOURCE.matcher(source).matches()),
            clock.instant());
    RateLimit before = latest.getAndSet(said);
    meters.rateLimit(upstream, said.remaining(), said.limit());
    if (said.isLow() && (before == null || !before.isLow())) {
      log.warn(
          "upstream grants few more pulls upstream={} remaining={} limit={} window={} source={}",
          upstream,
          said.remaining(),
          said.limit(),
          said.window(),
          said.source().orElse("-"));
    }
  }

  private static Optional<Matcher> amount(UpstreamAnswer answer, String header) {
    return answer.header(header).map(AMOUNT::matcher).filter(Matcher::matches);
  }
}
