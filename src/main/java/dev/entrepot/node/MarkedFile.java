package dev.entrepot.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.entrepot.node.NodeReport.Entry;
import dev.entrepot.node.NodeReport.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A file that is ours by its first line, and whatever stood in its place before, kept beside it.
 */
final class MarkedFile {

  /** The first line of everything we write, by which we know it again. */
  static final String MARKER =
      "# Managed by Entrepot: changes made here are lost, and uninstalling removes this file.\n";

  private final Path directory;
  private final Path file;
  private final Path backup;
  private final Path unfinished;

  MarkedFile(Path directory, String name) {
    this.directory = directory;
    this.file = directory.resolve(name);
    this.backup = directory.resolve(name + ".before-entrepot");
    this.unfinished = directory.resolve("." + name + ".entrepot-unfinished");
  }

  /**
   * Makes the file hold {@code content}, which begins with the marker; it is never seen half
   * written.
   */
  List<Entry> put(String content) throws IOException {
    var bytes = content.getBytes(UTF_8);
    var done = new ArrayList<Entry>();
    if (isOurs()) {
      if (Arrays.equals(bytes, Files.readAllBytes(file))) {
        return List.of(new Entry(Outcome.UNCHANGED, file.toString()));
      }
    } else if (exists()) {
      keep();
      done.add(new Entry(Outcome.BACKED_UP, file + " as " + backup.getFileName()));
    }
    write(bytes);
    done.add(new Entry(Outcome.WRITTEN, file.toString()));
    return done;
  }

  /** Takes our file away and brings back what it replaced; a file that is not ours stays. */
  List<Entry> take() throws IOException {
    Files.deleteIfExists(unfinished);
    if (exists() && !isOurs()) {
      return List.of();
    }
    if (Files.exists(backup, NOFOLLOW_LINKS)) {
      Files.move(backup, file, ATOMIC_MOVE);
      sync(directory);
      return List.of(new Entry(Outcome.RESTORED, file.toString()));
    }
    if (Files.deleteIfExists(file)) {
      sync(directory);
      return List.of(new Entry(Outcome.REMOVED, file.toString()));
    }
    return List.of();
  }

  /** Whether something stands in the file's place that we did not write. */
  boolean isForeign() throws IOException {
    return exists() && !isOurs();
  }

  private boolean exists() {
    return Files.exists(file, NOFOLLOW_LINKS);
  }

  private boolean isOurs() throws IOException {
    // We never write a link, so a link is not ours, wherever it leads.
    return Files.isRegularFile(file, NOFOLLOW_LINKS)
        && new String(Files.readAllBytes(file), UTF_8).startsWith(MARKER);
  }

  private void keep() throws IOException {
    if (Files.isDirectory(file, NOFOLLOW_LINKS)) {
      throw new NodeConfigurationException("tried to write " + file + " but it is a directory");
    }
    if (!Files.exists(backup, NOFOLLOW_LINKS)) {
      // A second name for the same file keeps owner, mode and content, and the first is never
      // missing.
      Files.createLink(backup, file);
      sync(directory);
    } else if (!isSameAsBackup()) {
      throw new NodeConfigurationException(
          "tried to write %s but it was replaced by someone else and an older original is kept in %s:"
                  .formatted(file, backup.getFileName())
              + " move one of the two away");
    }
  }

  /** An earlier run may have ended after keeping the original and before replacing it. */
  private boolean isSameAsBackup() throws IOException {
    if (Files.isSymbolicLink(file) || Files.isSymbolicLink(backup)) {
      return Files.isSymbolicLink(file)
          && Files.isSymbolicLink(backup)
          && Files.readSymbolicLink(file).equals(Files.readSymbolicLink(backup));
    }
    return Files.mismatch(file, backup) == -1;
  }

  private void write(byte[] content) throws IOException {
    Files.deleteIfExists(unfinished);
    try (var channel = FileChannel.open(unfinished, CREATE_NEW, WRITE)) {
      var buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      // Tools that pull without being root read the same directory.
      Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rw-r--r--"));
      channel.force(true);
    }
    Files.move(unfinished, file, ATOMIC_MOVE);
    sync(directory);
  }

  /** Makes the names in a directory survive a power cut. */
  static void sync(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }
}
