package dev.entrepot.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/**
 * An archive in a tar. It is never unpacked: a link in it is another name for a file in it, as
 * {@code docker save} uses them for layers that images share.
 */
final class TarFiles implements ArchiveFiles {

  /** Links to links; more make a circle. */
  private static final int DEEPEST = 8;

  private final TarFile tar;
  private final Map<String, TarArchiveEntry> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  private TarFiles(TarFile tar) {
    this.tar = tar;
    tar.getEntries().forEach(this::note);
  }

  static TarFiles open(Path file) throws IOException {
    TarFile tar;
    try {
      tar = new TarFile(file);
    } catch (IOException | IllegalArgumentException e) {
      throw new ArchiveException(
          "tried to read %s but it is no whole tar archive: %s".formatted(file, e.getMessage()), e);
    }
    try {
      return new TarFiles(tar);
    } catch (RuntimeException e) {
      tar.close();
      throw e;
    }
  }

  @Override
  public OptionalLong size(String name) {
    TarArchiveEntry entry = find(name);
    return entry == null ? OptionalLong.empty() : OptionalLong.of(entry.getRealSize());
  }

  @Override
  public InputStream open(String name) throws IOException {
    TarArchiveEntry entry = find(name);
    if (entry == null) {
      throw new ArchiveException("the archive holds no file " + ArchiveFiles.shown(name));
    }
    return tar.getInputStream(entry);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }

  private void note(TarArchiveEntry entry) {
    String name = ArchiveFiles.plain(entry.getName());
    if (entry.isSparse()) {
      throw new ArchiveException(
          "the archive holds %s as a sparse file, which may be larger than any disk"
              .formatted(ArchiveFiles.shown(name)));
    }
    if (entry.isSymbolicLink()) {
      links.put(name, beside(name, entry.getLinkName()));
    } else if (entry.isLink()) {
      links.put(name, entry.getLinkName());
    } else if (entry.isFile()) {
      files.put(name, entry);
    }
  }

  /** Where a symbolic link leads, as a name in the archive. */
  private static String beside(String name, String target) {
    try {
      Path parent = Path.of("/" + name).getParent();
      Path led = (parent == null ? Path.of("/") : parent).resolve(target).normalize();
      return led.toString().substring(1);
    } catch (InvalidPathException _) {
      throw ArchiveFiles.notAPath(target);
    }
  }

  private @Nullable TarArchiveEntry find(String name) {
    String current = ArchiveFiles.plain(name);
    for (int step = 0; step < DEEPEST; step++) {
      TarArchiveEntry entry = files.get(current);
      String next = links.get(current);
      if (entry != null || next == null) {
        return entry;
      }
      current = ArchiveFiles.plain(next);
    }
    return null;
  }
}
