package dev.entrepot.archive;

import java.io.IOException;
import java.io.InputStream;

/** Where a layout's files are written to. */
interface LayoutTarget extends AutoCloseable {

  /** Writes a file of exactly this size; a stream that is shorter is an error. */
  void file(String name, long size, InputStream bytes) throws IOException;

  void finish() throws IOException;

  @Override
  void close() throws IOException;

  static ArchiveException tooShort(String name) {
    return new ArchiveException(
        "tried to export %s but what is stored is shorter than it was; `entrepot cache verify` drops it"
            .formatted(name));
  }
}
