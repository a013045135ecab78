package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

/** Cuts a stream of bytes to what a reader asked for. */
final class Window {

  private final long from;
  private final long to;
  private long position;

  private Window(long position, long from, long to) {
    this.position = position;
    this.from = from;
    this.to = to;
  }

  /**
   * Those of {@code bytes} that lie between {@code from} and {@code to}.
   *
   * @param position of the first of {@code bytes}
   */
  static Flux<ByteBuf> of(Flux<ByteBuf> bytes, long position, long from, long to) {
    return Flux.defer(
        () -> {
          Window window = new Window(position, from, to);
          return bytes.handle(window::cut);
        });
  }

  private void cut(ByteBuf bytes, SynchronousSink<ByteBuf> sink) {
    int length = bytes.readableBytes();
    int start = Math.clamp(from - position, 0, length);
    int end = Math.clamp(to - position, start, length);
    position += length;
    if (start == end) {
      bytes.release();
    } else {
      int first = bytes.readerIndex();
      sink.next(bytes.writerIndex(first + end).readerIndex(first + start));
    }
    if (position >= to) {
      sink.complete();
    }
  }
}
