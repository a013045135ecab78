package dev.entrepot.cache;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/**
 * Which bytes of a file the kernel holds in memory, so that nobody waits for a disk who sends them.
 * The file is mapped to ask that, and never read through its mapping: an error of the disk would
 * end the process there.
 */
final class ResidentPages implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final MemorySegment pages;

  /** Of the file as long as it is now. */
  ResidentPages(FileChannel channel) throws IOException {
    try {
      pages = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  boolean hold(long position, long count) {
    return count > 0
        && position + count <= pages.byteSize()
        && pages.asSlice(position, count).isLoaded();
  }

  @Override
  public void close() {
    arena.close();
  }
}
