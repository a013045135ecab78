package dev.entrepot.admin;

import dev.entrepot.cache.Purge;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.pull.WarmReport;
import dev.entrepot.stock.ImageTree;
import dev.entrepot.stock.PurgeTarget;
import dev.entrepot.stock.VerifyReport;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes one line for each change that the admin API made. */
final class ChangeLog {

  private static final Logger log = LoggerFactory.getLogger(ChangeLog.class);

  private ChangeLog() {}

  /** How far the warming of an image is: only its end is written. */
  static void warmed(WarmReport report, boolean pinned) {
    switch (report.state()) {
      case UNDER_WAY -> {}
      case DONE ->
          log.info(
              "image warmed image={} digest={} blobs={} bytes={} fetched={} pinned={}",
              report.image(),
              report.digest(),
              report.blobs(),
              report.bytes(),
              report.fetched(),
              pinned);
      case FAILED ->
          log.warn("image not warmed image={} cause=\"{}\"", report.image(), report.problem());
    }
  }

  static void imported(ImageTree image) {
    log.info(
        "image imported image={} digest={} pinned={}",
        image.image(),
        image.root().digest(),
        image.pinned());
  }

  static void pinned(ImageReference image) {
    log.info("image pinned image={}", image);
  }

  static void unpinned(ImageReference image, boolean wasPinned) {
    if (wasPinned) {
      log.info("image unpinned image={}", image);
    }
  }

  /** How far the reading of an image, or of everything, is: only its end is written. */
  static void verified(Optional<ImageReference> image, VerifyReport report) {
    if (report.count() == report.countTotal()) {
      log.info(
          "cache verified what={} blobs={} bytes={} damaged={}",
          image.map(ImageReference::toString).orElse("everything"),
          report.count(),
          report.bytes(),
          report.damaged().size());
    }
  }

  static void purged(PurgeTarget target, Purge.Purged purged) {
    log.info(
        "cache purged what={} links={} blobs={} bytes={} kept-for-pins={}",
        what(target),
        purged.links(),
        purged.blobs(),
        purged.bytes(),
        purged.keptForPins());
  }

  private static String what(PurgeTarget target) {
    return switch (target) {
      case PurgeTarget.OneImage(ImageReference image) -> image.toString();
      case PurgeTarget.WholeRepository(ImageReference image) ->
          image.registry() + "/" + image.repository();
      case PurgeTarget.Content(var digest) -> digest.toString();
      case PurgeTarget.Everything _ -> "everything";
    };
  }
}
