package dev.entrepot.credentials.exec;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 6h0m0s}, {@code 1.5h}, {@code 300ms}. */
final class GoDuration {

  private static final Pattern PART =
      Pattern.compile("(?<number>[0-9]{1,18}(?:\\.[0-9]{0,18})?|\\.[0-9]{1,18})(?<unit>[a-zµμ]+)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  /** The duration that the text says, if it is one. */
  static Optional<Duration> parse(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    BigDecimal sum = BigDecimal.ZERO;
    Matcher part = PART.matcher(rest);
    int done = 0;
    while (part.find() && part.start() == done && NANOS.containsKey(part.group("unit"))) {
      long unit = NANOS.getOrDefault(part.group("unit"), 0L);
      sum = sum.add(new BigDecimal(part.group("number")).multiply(BigDecimal.valueOf(unit)));
      done = part.end();
    }
    BigDecimal nanos = sum.setScale(0, RoundingMode.DOWN);
    // Go's durations end after 292 years, with the nanoseconds that a long can hold.
    if (done == 0 || done < rest.length() || nanos.unscaledValue().bitLength() > 63) {
      return Optional.empty();
    }
    Duration duration = Duration.ofNanos(nanos.longValue());
    return Optional.of(negative ? duration.negated() : duration);
  }
}
