package dev.entrepot.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open file and how many use it; the last one closes it. It outlives its name. */
final class OpenFile {

  private static final Logger log = LoggerFactory.getLogger(OpenFile.class);

  private final FileChannel channel;
  private int users = 1;
  private @Nullable ResidentPages pages;
  private boolean isUnmappable;

  /** Open, with one user. */
  OpenFile(FileChannel channel) {
    this.channel = channel;
  }

  FileChannel channel() {
    return channel;
  }

  /** One more user, unless it is closed already. */
  synchronized boolean retain() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  /** One user less, unless that was the last one. */
  synchronized boolean releaseUnlessLast() {
    if (users < 2) {
      return false;
    }
    users--;
    return true;
  }

  /**
   * Whether the kernel holds these bytes in memory; to be asked of files that grow no more, by
   * those who use them.
   */
  boolean isInMemory(long position, long count) {
    ResidentPages known = pages();
    return known != null && known.hold(position, count);
  }

  private synchronized @Nullable ResidentPages pages() {
    if (pages == null && !isUnmappable) {
      try {
        pages = new ResidentPages(channel);
      } catch (IOException | RuntimeException e) {
        log.debug("file not mapped reason={}", e.toString());
        isUnmappable = true;
      }
    }
    return pages;
  }

  synchronized boolean isOpen() {
    return users > 0;
  }

  void release() {
    ResidentPages mapped;
    synchronized (this) {
      users--;
      if (users > 0) {
        return;
      }
      mapped = pages;
    }
    try (mapped) {
      channel.close();
    } catch (IOException e) {
      log.debug("file not closed reason={}", e.toString());
    }
  }
}
