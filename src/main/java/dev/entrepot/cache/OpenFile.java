package dev.entrepot.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open file and how many use it; the last one closes it. It outlives its name. */
final class OpenFile {

  private static final Logger log = LoggerFactory.getLogger(OpenFile.class);

  private final FileChannel channel;
  private final ResidentPages pages;
  private int users = 1;

  /** Open, with one user. */
  OpenFile(FileChannel channel) {
    this.channel = channel;
    this.pages = new ResidentPages(channel);
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
    return pages.hold(position, count);
  }

  synchronized boolean isOpen() {
    return users > 0;
  }

  void release() {
    synchronized (this) {
      users--;
      if (users > 0) {
        return;
      }
    }
    try (pages) {
      channel.close();
    } catch (IOException e) {
      log.debug("file not closed reason={}", e.toString());
    }
  }
}
