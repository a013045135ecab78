package dev.entrepot.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open file and how many use it; the last one closes it. It outlives its name. */
final class OpenFile {

  private static final Logger log = LoggerFactory.getLogger(OpenFile.class);

  private final FileChannel channel;
  private int users = 1;

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
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("file not closed reason={}", e.toString());
    }
  }
}
