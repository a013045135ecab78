package dev.entrepot.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A layout in a directory. Its index comes last: without one it is no layout. */
final class DirectoryTarget implements LayoutTarget {

  private final Path root;
  private byte @Nullable [] index;

  private DirectoryTarget(Path root) {
    this.root = root;
  }

  static DirectoryTarget create(Path root) throws IOException {
    Files.createDirectories(root);
    try (DirectoryStream<Path> found = Files.newDirectoryStream(root)) {
      if (found.iterator().hasNext()) {
        throw new ArchiveException(
            "tried to export to %s but it is not empty; name a new directory".formatted(root));
      }
    }
    return new DirectoryTarget(root);
  }

  @Override
  public void file(String name, long size, InputStream bytes) throws IOException {
    if (name.equals(OciLayout.INDEX)) {
      index = bytes.readAllBytes();
      return;
    }
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    if (Files.copy(bytes, file) != size) {
      throw LayoutTarget.tooShort(name);
    }
  }

  @Override
  public void finish() throws IOException {
    if (index != null) {
      Files.write(root.resolve(OciLayout.INDEX), index, StandardOpenOption.CREATE_NEW);
    }
  }

  @Override
  public void close() {}
}
