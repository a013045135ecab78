package dev.entrepot.pull;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.pull.WarmReport.State;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts what was pulled of one image; its blobs come on many threads. */
final class WarmTally {

  private final Set<Digest> expected = new HashSet<>();
  private WarmReport report;

  WarmTally(String image) {
    this.report = WarmReport.begun(image);
  }

  synchronized void found(Digest digest) {
    report = with(digest.toString(), 0, 0, 0, 0, 0);
  }

  /** A blob will be needed; false if that was known, as platforms share layers. */
  synchronized boolean expect(Descriptor blob) {
    boolean isNew = expected.add(blob.digest());
    if (isNew) {
      report = with(report.digest(), 0, 1, 0, blob.size(), 0);
    }
    return isNew;
  }

  /** A blob was stored already. */
  synchronized void had(long size) {
    report = with(report.digest(), 1, 0, size, 0, 0);
  }

  /** Some of a blob was read; it may have been fetched for somebody else, or earlier. */
  synchronized void took(int bytes, boolean isFetchedForUs) {
    report = with(report.digest(), 0, 0, bytes, 0, isFetchedForUs ? bytes : 0);
  }

  synchronized void blobDone() {
    report = with(report.digest(), 1, 0, 0, 0, 0);
  }

  synchronized WarmReport now() {
    return report;
  }

  synchronized WarmReport done() {
    return over(State.DONE, null);
  }

  synchronized WarmReport failed(String problem) {
    return over(State.FAILED, problem);
  }

  private WarmReport over(State state, @Nullable String problem) {
    return new WarmReport(
        report.image(),
        state,
        report.digest(),
        report.blobs(),
        report.blobsTotal(),
        report.bytes(),
        report.bytesTotal(),
        report.fetched(),
        problem);
  }

  private WarmReport with(
      @Nullable String digest, int blobs, int blobsTotal, long bytes, long total, long fetched) {
    return new WarmReport(
        report.image(),
        report.state(),
        digest,
        report.blobs() + blobs,
        report.blobsTotal() + blobsTotal,
        report.bytes() + bytes,
        report.bytesTotal() + total,
        report.fetched() + fetched,
        report.problem());
  }
}
