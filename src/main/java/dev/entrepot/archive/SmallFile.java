package dev.entrepot.archive;

import dev.entrepot.manifest.Manifest;
import java.io.IOException;
import java.io.InputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A file of an archive that is read into memory. */
final class SmallFile {

  private SmallFile() {}

  static byte[] bytes(ArchiveFiles files, String name) throws IOException {
    long size =
        files
            .size(name)
            .orElseThrow(
                () -> new ArchiveException("the archive lacks " + ArchiveFiles.shown(name)));
    refuseLarge(name, size);
    try (InputStream stream = files.open(name)) {
      return stream.readNBytes((int) size);
    }
  }

  static JsonNode json(ArchiveFiles files, String name) throws IOException {
    return json(bytes(files, name), name);
  }

  static JsonNode json(byte[] bytes, String name) {
    try {
      return JsonMapper.shared().readTree(bytes);
    } catch (JacksonException _) {
      throw new ArchiveException("the archive's " + ArchiveFiles.shown(name) + " is no JSON");
    }
  }

  static void refuseLarge(String name, long size) {
    if (size > Manifest.LARGEST) {
      throw new ArchiveException(
          "the archive's %s has %d bytes, too many for what it should be"
              .formatted(ArchiveFiles.shown(name), size));
    }
  }
}
