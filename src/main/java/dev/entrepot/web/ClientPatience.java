package dev.entrepot.web;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a client has taken no byte for too long, of what waits for its socket. Time in which
 * nothing waits is not the client's. Used on the connection's event loop only.
 */
final class ClientPatience implements Runnable {

  /** How often it looks, within the time a client has. */
  private static final int LOOKS = 4;

  private final Channel channel;
  private final Duration limit;
  private final Runnable exhausted;
  private @Nullable Future<?> next;
  private int waiting;
  private long taken;
  private long since;
  private Progress seen = Progress.NONE;

  /**
   * Makes one for one answer.
   *
   * @param exhausted what is done about it, at most once
   */
  ClientPatience(Channel channel, Duration limit, Runnable exhausted) {
    this.channel = channel;
    this.limit = limit;
    this.exhausted = exhausted;
  }

  /** Something more waits for the socket, unless it has left at once. */
  void waits(Future<?> written) {
    if (waiting++ == 0) {
      since = channel.eventLoop().ticker().nanoTime();
    }
    if (next == null && !written.isDone()) {
      look();
    }
  }

  /** Something that waited has left. */
  void left() {
    waiting--;
    taken++;
  }

  /** The answer is over. */
  void end() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }

  @Override
  public void run() {
    next = null;
    if (waiting == 0) {
      return;
    }
    Progress now = progress();
    if (!now.equals(seen)) {
      seen = now;
      since = channel.eventLoop().ticker().nanoTime();
    } else if (channel.eventLoop().ticker().nanoTime() - since >= limit.toNanos()) {
      exhausted.run();
      return;
    }
    look();
  }

  private void look() {
    next = channel.eventLoop().schedule(this, limit.toNanos() / LOOKS, TimeUnit.NANOSECONDS);
  }

  private Progress progress() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null
        ? new Progress(taken, 0, 0)
        : new Progress(taken, buffer.totalPendingWriteBytes(), buffer.currentProgress());
  }

  /** What changes with every byte that a socket takes. */
  private record Progress(long taken, long pending, long ofTheFirst) {

    static final Progress NONE = new Progress(-1, -1, -1);
  }
}
