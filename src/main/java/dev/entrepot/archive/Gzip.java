package dev.entrepot.archive;

/** The compression that archives and layers often have. */
final class Gzip {

  private Gzip() {}

  static boolean isGzip(byte[] start) {
    return start.length >= 2 && start[0] == 0x1f && start[1] == (byte) 0x8b;
  }
}
