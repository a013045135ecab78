package dev.entrepot.cache;

import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Gives out memory outside the heap. Where it is short, what it was wanted for fails like anything
 * else that fails: no thread dies of it, and nobody takes it for a damaged file.
 */
record Buffers(ByteBufAllocator allocator) {

  /** A buffer of this size, to be released; fails with a {@link RegistryException}. */
  ByteBuf take(int size) {
    try {
      return allocator.directBuffer(size, size);
    } catch (OutOfMemoryError e) {
      throw new RegistryException(
          ErrorCode.INTERNAL,
          "tried to take a buffer of %d KiB but memory is short".formatted((size + 1023) / 1024),
          e);
    }
  }
}
