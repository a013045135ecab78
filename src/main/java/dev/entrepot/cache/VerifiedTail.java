package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.ErrorCode;
import dev.entrepot.oci.RegistryException;
import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/** Lets bytes through but for the last buffer, which waits until the digest holds. */
final class VerifiedTail {

  private final Digest digest;
  private final MessageDigest hash;
  private final Runnable provedWrong;
  private @Nullable ByteBuf held;
  private boolean isClosed;

  private VerifiedTail(Digest digest, MessageDigest hash, Runnable provedWrong) {
    this.digest = digest;
    this.hash = hash;
    this.provedWrong = provedWrong;
  }

  /**
   * All that is left of some content.
   *
   * @param hashed what came before
   * @param provedWrong hears that it was not what the digest says
   */
  static Flux<ByteBuf> of(Digest digest, Hashed hashed, Flux<ByteBuf> bytes, Runnable provedWrong) {
    return Flux.defer(
        () -> {
          VerifiedTail tail = new VerifiedTail(digest, hashed.copy(), provedWrong);
          return bytes
              .<ByteBuf>handle(tail::pass)
              .concatWith(Mono.defer(tail::last))
              .doFinally(_ -> tail.close());
        });
  }

  /** What is said of content that is not what its digest says. */
  static RegistryException mismatch(Digest digest) {
    return new RegistryException(
        ErrorCode.UPSTREAM_INVALID,
        "tried to fetch %s but upstream sent something else".formatted(digest));
  }

  private synchronized void pass(ByteBuf bytes, SynchronousSink<ByteBuf> sink) {
    if (isClosed) {
      bytes.release();
      return;
    }
    hash.update(bytes.nioBuffer());
    ByteBuf earlier = held;
    held = bytes;
    if (earlier != null) {
      sink.next(earlier);
    }
  }

  private synchronized Mono<ByteBuf> last() {
    if (!digest.matches(hash)) {
      provedWrong.run();
      return Mono.error(mismatch(digest));
    }
    // Not taken before it is asked for: a cancel in between finds it here.
    return Mono.fromSupplier(this::takeHeld);
  }

  private synchronized @Nullable ByteBuf takeHeld() {
    ByteBuf last = held;
    held = null;
    return last;
  }

  private synchronized void close() {
    isClosed = true;
    ByteBuf left = takeHeld();
    if (left != null) {
      left.release();
    }
  }
}
