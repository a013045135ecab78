package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;

/** Copies parts of files into memory, for whatever is to become of them. */
record BufferReader(Volume volume, ByteBufAllocator allocator) implements PieceReader<ByteBuf> {

  @Override
  public ByteBuf read(OpenFile file, long position, long most, BufferShare.Portion portion)
      throws IOException {
    int count = (int) Math.min(portion.size(), most);
    ByteBuf buffer = allocator.directBuffer(count, count);
    try {
      volume.read(file.channel(), buffer.nioBuffer(0, count), position);
      return buffer.writerIndex(count);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      buffer.release();
      throw e;
    }
  }
}
