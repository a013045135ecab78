package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/** Copies parts of files into memory, for whatever is to become of them. */
record BufferReader(Volume volume, Buffers buffers) implements PieceReader<ByteBuf> {

  @Override
  public ByteBuf read(OpenFile file, long position, long most, BufferShare.Portion portion)
      throws IOException {
    int count = (int) Math.min(portion.size(), most);
    ByteBuf buffer = buffers.take(count);
    try {
      volume.read(file.channel(), buffer.nioBuffer(0, count), position);
      return buffer.writerIndex(count);
    } catch (IOException | RuntimeException e) {
      buffer.release();
      throw e;
    }
  }
}
