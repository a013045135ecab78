package dev.entrepot.cache;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which bytes of a file the kernel holds in memory, so that nobody waits for a disk who sends them.
 * The file is mapped to ask that, and never read through its mapping: an error of the disk would
 * end the process there. Where the system does not tell, none are.
 */
final class ResidentPages implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ResidentPages.class);

  private final FileChannel channel;
  // Made when it is first needed: closing one stops every thread for a moment.
  private @Nullable Arena arena;
  private @Nullable MemorySegment pages;
  private boolean isUnknown;

  /** Of a file that grows no more once it is asked for. */
  ResidentPages(FileChannel channel) {
    this.channel = channel;
  }

  boolean hold(long position, long count) {
    try {
      MemorySegment mapped = pages();
      return mapped != null
          && position + count <= mapped.byteSize()
          && mapped.asSlice(position, count).isLoaded();
    } catch (Exception e) {
      // The JDK throws an IOException here that it does not declare.
      askNoMore(e);
      return false;
    }
  }

  private synchronized @Nullable MemorySegment pages() throws IOException {
    if (pages == null && !isUnknown) {
      Arena mine = Arena.ofShared();
      arena = mine;
      pages = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), mine);
    }
    return isUnknown ? null : pages;
  }

  private synchronized void askNoMore(Exception reason) {
    log.debug("unknown what is in memory reason={}", reason.toString());
    isUnknown = true;
  }

  @Override
  public synchronized void close() {
    if (arena != null) {
      arena.close();
    }
  }
}
