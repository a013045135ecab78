package dev.entrepot.cache;

import io.netty.util.ReferenceCounted;
import java.io.IOException;

/** The form in which a reader is handed a part of a file. Called on threads that may block. */
interface PieceReader<T extends ReferenceCounted> {

  /**
   * What lies there.
   *
   * @param most how many bytes there are for this reader
   * @param portion of the memory that readers share
   */
  T read(OpenFile file, long position, long most, BufferShare.Portion portion) throws IOException;
}
