package dev.entrepot.cache;

import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Hands out parts of files as they are, for the kernel to send. Who sends them is an event loop,
 * which must not wait for a disk: what the kernel does not hold in memory is copied. Fewer than
 * four readers get copies, too: the kernel sends single pages, and for one fast client reached 0.7
 * of the rate of copies over loopback; from four on it took 0.8 of the processor time.
 *
 * @param giveBack takes back a file, once for each slice; called by event loops
 */
record SliceReader(BufferReader copies, Consumer<OpenFile> giveBack)
    implements PieceReader<ReferenceCounted> {

  /** Large enough for its costs not to count, and sent before the kernel gives the pages up. */
  private static final int LARGEST = 128 * 1024;

  @Override
  public ReferenceCounted read(OpenFile file, long position, long most, BufferShare.Portion portion)
      throws IOException {
    long count = Math.min(LARGEST, most);
    boolean isWorthIt = !portion.isOneOfFew() && file.isInMemory(position, count);
    return isWorthIt && file.retain()
        ? new FileSlice(file, position, count, giveBack)
        : copies.read(file, position, most, portion);
  }
}
