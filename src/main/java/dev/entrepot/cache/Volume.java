package dev.entrepot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/** The disk, as far as the cache uses it. Every method may block and none follows a symlink. */
interface Volume {

  /** A new file, open for reading and writing; missing directories are created. */
  FileChannel create(Path file) throws IOException;

  /** An existing file, open for reading. */
  FileChannel open(Path file) throws IOException;

  /** Fills {@code target} from {@code position}; the file ending before that is an error. */
  void read(FileChannel channel, ByteBuffer target, long position) throws IOException;

  /** Writes all of {@code bytes} at {@code position}. */
  void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException;

  /** Makes the file's bytes durable. */
  void force(FileChannel channel) throws IOException;

  /** Gives a file its final name, over whatever has that name, and makes the name durable. */
  void rename(Path from, Path to) throws IOException;

  /** What lies there, if anything does. */
  Optional<FileLooks> attributes(Path path) throws IOException;

  /** Removes whatever lies there, if anything does. */
  void delete(Path path) throws IOException;

  /** The bytes that may still be written to the disk {@code path} is on. */
  long usable(Path path) throws IOException;
}
