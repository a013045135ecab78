package dev.entrepot.archive;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/** The files of an archive, by their names in it; a directory's or a tar's. */
interface ArchiveFiles extends AutoCloseable {

  /** How large the file is; empty if there is no such file. */
  OptionalLong size(String name) throws IOException;

  /** A file that is there; whoever asks closes it. */
  InputStream open(String name) throws IOException;

  @Override
  void close() throws IOException;

  /**
   * A name as it is looked up, without {@code ./} and with single slashes.
   *
   * @throws ArchiveException if it leads out of the archive
   */
  static String plain(String name) {
    List<String> parts =
        List.of(name.split("/", -1)).stream()
            .filter(part -> !part.isEmpty() && !part.equals("."))
            .toList();
    boolean leadsOut = name.startsWith("/") || name.indexOf('\0') >= 0 || name.indexOf('\\') >= 0;
    if (leadsOut || parts.contains("..")) {
      throw new ArchiveException(
          "the archive names '%s', which leads out of it".formatted(shown(name)));
    }
    return String.join("/", parts);
  }

  /** What is said of a name that no file can have. */
  static ArchiveException notAPath(String name) {
    return new ArchiveException(
        "the archive names '%s', which no file can be called".formatted(shown(name)));
  }

  /** Text of an archive that may be anything, fit for a terminal. */
  static String shown(String text) {
    String safe = text.replaceAll("\\p{Cntrl}", "?");
    return safe.length() > 100 ? safe.substring(0, 100) + "…" : safe;
  }
}
