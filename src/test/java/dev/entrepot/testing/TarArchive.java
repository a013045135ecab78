package dev.entrepot.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/**
 * Writes ustar archives whose file contents may be made up on the fly; equal input gives equal
 * bytes.
 */
final class TarArchive {

  private static final int BLOCK = 512;

  private final List<Body> parts = new ArrayList<>();

  TarArchive directory(String name) {
    parts.add(header(name + "/", 0755, 0, '5'));
    return this;
  }

  TarArchive file(String name, int mode, Body content) {
    parts.add(header(name, mode, content.length(), '0'));
    parts.add(content);
    parts.add(Body.of(new byte[(int) ((BLOCK - content.length() % BLOCK) % BLOCK)]));
    return this;
  }

  /** The archive as it is. */
  Body plain() {
    var all = new ArrayList<>(parts);
    all.add(Body.of(new byte[2 * BLOCK]));
    return Body.joined(List.copyOf(all));
  }

  /** A body compressed into memory. */
  static Body gzip(Body plain) {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(plain.toBytes());
    } catch (IOException impossible) {
      throw new UncheckedIOException("memory does not fail", impossible);
    }
    return Body.of(compressed.toByteArray());
  }

  private static Body header(String name, int mode, long size, char type) {
    var header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "%07o".formatted(mode));
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, "%011o".formatted(size));
    put(header, 136, "00000000000");
    put(header, 148, "        ");
    header[156] = (byte) type;
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte octet : header) {
      sum += octet & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    return Body.of(header);
  }

  private static void put(byte[] header, int at, String text) {
    var bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
