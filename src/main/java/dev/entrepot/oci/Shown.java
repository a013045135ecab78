package dev.entrepot.oci;

/**
 * Client text made safe to show in a message: short, printable ASCII, nothing that could start a
 * new line.
 */
final class Shown {

  private static final int LONGEST = 60;

  private Shown() {}

  static String of(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .limit(LONGEST)
        .forEach(c -> shown.append(c > 0x20 && c < 0x7f && c != '"' ? (char) c : '?'));
    return text.length() > LONGEST ? shown.append("...").toString() : shown.toString();
  }
}
