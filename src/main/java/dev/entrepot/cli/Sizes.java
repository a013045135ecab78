package dev.entrepot.cli;

import java.util.Locale;

/** Bytes as people read them. */
final class Sizes {

  private static final String UNITS = "kMGTPE";

  private Sizes() {}

  static String of(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double size = bytes;
    int unit = -1;
    while (size >= 999.95 && unit < UNITS.length() - 1) {
      size /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %cB", size, UNITS.charAt(unit));
  }
}
