package dev.entrepot.archive;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ImageReference;
import dev.entrepot.testing.Body;
import dev.entrepot.testing.ImageManifest;
import dev.entrepot.testing.TestImage;
import dev.entrepot.testing.TestIndex;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Makes archives of test images, sound ones and others. */
final class ArchiveUnderTest {

  private ArchiveUnderTest() {}

  static Descriptor root(ImageManifest manifest) {
    return new Descriptor(manifest.mediaType(), Digest.parse(manifest.digest()), manifest.length());
  }

  static void write(LayoutWriter writer, String name, TestImage image) throws IOException {
    writer.begin(List.of(new NamedImage(ImageReference.parse(name), root(image.manifest()))));
    writeContent(writer, image);
    writer.finish();
  }

  static void writeContent(LayoutWriter writer, TestImage image) throws IOException {
    writer.blob(root(image.manifest()), image.manifest().body().stream());
    for (var blob : image.blobs()) {
      writer.blob(
          new Descriptor(blob.mediaType(), Digest.parse(blob.digest()), blob.body().length()),
          blob.body().stream());
    }
  }

  /** The files of a layout with these images under one index. */
  static Map<String, Body> layout(String name, TestIndex index) {
    Map<String, Body> files = layout(name, root(index.manifest()));
    put(files, index.manifest().digest(), index.manifest().body());
    index.images().forEach(image -> put(files, image));
    return files;
  }

  /** The files of a layout with this image. */
  static Map<String, Body> layout(String name, TestImage image) {
    Map<String, Body> files = layout(name, root(image.manifest()));
    put(files, image);
    return files;
  }

  private static Map<String, Body> layout(String name, Descriptor root) {
    Map<String, Body> files = new LinkedHashMap<>();
    files.put("oci-layout", Body.of("{\"imageLayoutVersion\":\"1.0.0\"}"));
    files.put(
        "index.json",
        Body.of(
            """
            {"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"%s","size":%d,
            "annotations":{"org.opencontainers.image.ref.name":"%s"}}]}"""
                .formatted(root.mediaType(), root.digest(), root.size(), name)));
    return files;
  }

  private static void put(Map<String, Body> files, TestImage image) {
    put(files, image.digest(), image.manifest().body());
    image.blobs().forEach(blob -> put(files, blob.digest(), blob.body()));
  }

  private static void put(Map<String, Body> files, String digest, Body body) {
    files.put("blobs/" + digest.replace(':', '/'), body);
  }

  static Path tar(Path file, Map<String, Body> files) throws IOException {
    try (OutputStream stream = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(stream)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Map.Entry<String, Body> one : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(one.getKey(), true);
        entry.setSize(one.getValue().length());
        tar.putArchiveEntry(entry);
        tar.write(one.getValue().toBytes());
        tar.closeArchiveEntry();
      }
    }
    return file;
  }

  /** A tar with one symbolic link, before the files. */
  static Path tar(Path file, String link, String target, Map<String, Body> files)
      throws IOException {
    try (OutputStream stream = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(stream)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      TarArchiveEntry symbolic = new TarArchiveEntry(link, TarConstants.LF_SYMLINK, true);
      symbolic.setLinkName(target);
      tar.putArchiveEntry(symbolic);
      tar.closeArchiveEntry();
      for (Map.Entry<String, Body> one : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(one.getKey(), true);
        entry.setSize(one.getValue().length());
        tar.putArchiveEntry(entry);
        tar.write(one.getValue().toBytes());
        tar.closeArchiveEntry();
      }
    }
    return file;
  }

  static Path directory(Path root, Map<String, Body> files) throws IOException {
    for (Map.Entry<String, Body> one : files.entrySet()) {
      Path file = root.resolve(one.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, one.getValue().toBytes());
    }
    return root;
  }
}
