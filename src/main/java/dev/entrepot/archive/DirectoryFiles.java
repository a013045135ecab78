package dev.entrepot.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.OptionalLong;

/** An archive that lies in a directory, as it was unpacked. No link in it is followed. */
final class DirectoryFiles implements ArchiveFiles {

  private final Path root;

  DirectoryFiles(Path root) {
    this.root = root;
  }

  @Override
  public OptionalLong size(String name) throws IOException {
    Path file = file(name);
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        ? OptionalLong.of(Files.size(file))
        : OptionalLong.empty();
  }

  @Override
  public InputStream open(String name) throws IOException {
    return Files.newInputStream(file(name), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public void close() {}

  private Path file(String name) {
    Path file = root;
    for (String part : ArchiveFiles.plain(name).split("/", -1)) {
      file = beneath(file, part);
      if (Files.isSymbolicLink(file)) {
        throw new ArchiveException(
            "the archive holds the link %s, and no link in a directory is followed"
                .formatted(file));
      }
    }
    return file;
  }

  private static Path beneath(Path directory, String name) {
    try {
      return directory.resolve(name);
    } catch (InvalidPathException _) {
      throw ArchiveFiles.notAPath(name);
    }
  }
}
