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
  private boolean tells = true;

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
    try {
      return known != null && known.hold(position, count);
    } catch (Exception e) {
      // Undeclared: where the system refuses to tell, the JDK throws an IOException.
      askNoMore(e);
      return false;
    }
  }

  private synchronized @Nullable ResidentPages pages() {
    if (pages == null && tells) {
      try {
        pages = new ResidentPages(channel);
      } catch (IOException | RuntimeException e) {
        askNoMore(e);
      }
    }
    return tells ? pages : null;
  }

  private synchronized void askNoMore(Exception reason) {
    log.debug("unknown what is in memory reason={}", reason.toString());
    tells = false;
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
