package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A blob that can be read from anywhere by anyone, whether it lies on disk or is still arriving.
 */
public interface Content {

  /**
   * What happened on its way so far that an operator would want to know, in words joined by a plus.
   */
  default Optional<String> history() {
    return Optional.empty();
  }

  /**
   * Ends when no more happens to it: it is stored, or could not be; an error if it did not come.
   */
  default Mono<Void> settled() {
    return Mono.empty();
  }

  /** In bytes; empty while the source has not said. */
  OptionalLong length();

  /**
   * The bytes from {@code from} up to, not including, {@code to} ({@link Long#MAX_VALUE}: to the
   * end). Waits for bytes that have not arrived. Fails before the last bytes if the content turns
   * out not to be what its digest says. Whoever subscribes releases the buffers. At most once per
   * call of this method.
   */
  Flux<ByteBuf> read(long from, long to);

  /**
   * The same for a socket that is sent the bytes as they are, without TLS or frames around them:
   * buffers and {@linkplain FileRegion parts of files}, which the kernel sends without copying
   * them.
   */
  default Flux<ReferenceCounted> readForSocket(long from, long to) {
    return read(from, to).cast(ReferenceCounted.class);
  }

  /** The bytes of a piece that one of these methods brought. */
  static long length(ReferenceCounted piece) {
    return piece instanceof FileRegion part ? part.count() : ((ByteBuf) piece).readableBytes();
  }
}
