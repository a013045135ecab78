package dev.entrepot.stock;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

/** Streams that block, as buffers; who subscribes does so where blocking is allowed. */
final class Streams {

  private static final int PIECE = 256 * 1024;

  private Streams() {}

  static Flux<ByteBuf> buffers(Stock.Opening bytes) {
    return Flux.using(
        bytes::open,
        stream -> Flux.generate(sink -> next(stream, sink)),
        stream -> {
          try {
            stream.close();
          } catch (IOException _) {
            // All that was wanted of it was read.
          }
        });
  }

  private static void next(InputStream stream, SynchronousSink<ByteBuf> sink) {
    try {
      byte[] piece = stream.readNBytes(PIECE);
      if (piece.length == 0) {
        sink.complete();
      } else {
        sink.next(Unpooled.wrappedBuffer(piece));
      }
    } catch (IOException e) {
      sink.error(new StockException("tried to read the archive but " + e));
    }
  }
}
