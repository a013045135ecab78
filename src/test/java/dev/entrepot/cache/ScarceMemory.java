package dev.entrepot.cache;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.concurrent.atomic.AtomicReference;

/** Memory outside the heap, every byte of it counted, that runs out when it is told to. */
final class ScarceMemory extends AbstractByteBufAllocator
    implements ByteBufAllocatorMetricProvider {

  private static final String NOBODY = "nobody";

  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  private final AtomicReference<String> refused = new AtomicReference<>(NOBODY);

  ScarceMemory() {
    super(true);
  }

  /** The next buffer is refused that a thread of this name asks for. */
  void refuseOne(String thread) {
    refused.set(thread);
  }

  /** Whether the one that was to be refused has been. */
  boolean hasRefused() {
    return refused.get().equals(NOBODY);
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return memory.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    String name = refused.get();
    if (Thread.currentThread().getName().startsWith(name) && refused.compareAndSet(name, NOBODY)) {
      throw new OutOfMemoryError("no memory left, as the test wants it");
    }
    return memory.directBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }

  @Override
  public ByteBufAllocatorMetric metric() {
    return memory.metric();
  }
}
