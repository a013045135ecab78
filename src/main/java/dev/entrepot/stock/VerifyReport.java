package dev.entrepot.stock;

import dev.entrepot.cache.Recheck;
import java.util.List;

/**
 * How far a reading of stored content is.
 *
 * @param damaged the digests of what was dropped so far
 */
public record VerifyReport(
    long count, long countTotal, long bytes, long bytesTotal, List<String> damaged) {

  public VerifyReport {
    damaged = List.copyOf(damaged);
  }

  static VerifyReport of(Recheck.Checked checked) {
    return new VerifyReport(
        checked.count(),
        checked.countTotal(),
        checked.bytes(),
        checked.bytesTotal(),
        checked.damaged().stream().map(Object::toString).toList());
  }
}
