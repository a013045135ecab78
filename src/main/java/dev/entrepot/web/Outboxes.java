package dev.entrepot.web;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One {@link Outbox} for each event loop. */
final class Outboxes {

  private final Map<EventLoop, Outbox> all = new ConcurrentHashMap<>();

  /** That of the event loop which serves this connection. */
  Outbox of(Channel channel) {
    return all.computeIfAbsent(channel.eventLoop(), Outbox::new);
  }
}
