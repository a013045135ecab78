package dev.entrepot.upstream;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import org.springframework.util.unit.DataSize;

/** A body comes, but so slowly that it is better asked for again. */
final class TooSlowException extends IOException {

  private static final long serialVersionUID = 1L;

  TooSlowException(DataSize slowest, Duration window) {
    super("it sent less than %s a second for %s s".formatted(slowest, seconds(window)));
  }

  private static String seconds(Duration window) {
    return BigDecimal.valueOf(window.toMillis(), 3).stripTrailingZeros().toPlainString();
  }
}
