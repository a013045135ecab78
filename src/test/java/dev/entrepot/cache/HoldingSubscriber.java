package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** A client so slow that it has asked for one buffer only, and keeps it. */
final class HoldingSubscriber extends BaseSubscriber<ByteBuf> {

  private final AtomicReference<@Nullable ByteBuf> held = new AtomicReference<>();

  boolean hasOne() {
    return held.get() != null;
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    subscription.request(1);
  }

  @Override
  protected void hookOnNext(ByteBuf buffer) {
    if (!held.compareAndSet(null, buffer)) {
      buffer.release();
      throw new IllegalStateException("a buffer nobody asked for");
    }
  }

  @Override
  protected void hookOnCancel() {
    ByteBuf buffer = held.getAndSet(null);
    if (buffer != null) {
      buffer.release();
    }
  }
}
