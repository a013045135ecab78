package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

class PacedBodyTest {

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Sinks.Many<ByteBuf> pieces = Sinks.many().unicast().onBackpressureBuffer();
  private final List<Long> left = new ArrayList<>();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  /** A client that has everything may be gone before anybody knows that it was everything. */
  @Test
  void whatHasLeftIsToldBeforeTheBodyEnds() {
    // Given
    Disposable writing = body(pieces.asFlux(), channel, Duration.ofMinutes(1)).subscribe();

    // When
    pieces.tryEmitNext(Unpooled.wrappedBuffer(new byte[100]));
    pieces.tryEmitNext(Unpooled.wrappedBuffer(new byte[20]));
    writing.dispose();

    // Then
    assertThat(left).containsExactly(100L, 120L);
  }

  /**
   * Small pieces are what many readers get; and one in the socket, one in memory is enough then.
   */
  @ParameterizedTest
  @CsvSource({"65536, 1", "65537, 2"})
  void ofSmallPiecesOneWaitsForTheSocket(int size, int waiting) {
    // Given
    Held held = new Held();
    EmbeddedChannel slow = new EmbeddedChannel(held);
    Flux<ByteBuf> endless = Flux.generate(sink -> sink.next(Unpooled.buffer(size).writeZero(size)));
    Disposable writing = body(endless, slow, Duration.ofMinutes(1)).subscribe();

    // When
    for (int piece = 0; piece < 4; piece++) {
      held.letOneGo();
      slow.runPendingTasks();
    }

    // Then
    assertThat(held.count()).isEqualTo(waiting);
    writing.dispose();
    held.letAllGo();
    slow.finishAndReleaseAll();
  }

  @Test
  void clientThatTakesNothingOfABodyThatBrokeOffIsLetGo() {
    // Given
    Held held = new Held();
    EmbeddedChannel stalled = new EmbeddedChannel(held);
    stalled.freezeTime();
    List<Throwable> ends = new ArrayList<>();
    body(pieces.asFlux(), stalled, Duration.ofSeconds(8)).subscribe(_ -> {}, ends::add);
    pieces.tryEmitNext(Unpooled.wrappedBuffer(new byte[100]));

    // When
    pieces.tryEmitError(new IllegalStateException("the flight failed"));
    stalled.runPendingTasks();
    boolean isOpenAtFirst = stalled.isOpen();
    for (int second = 0; second < 12; second++) {
      stalled.advanceTimeBy(1, TimeUnit.SECONDS);
      stalled.runScheduledPendingTasks();
    }

    // Then
    assertThat(ends).singleElement().isInstanceOf(IllegalStateException.class);
    assertThat(isOpenAtFirst).isTrue();
    assertThat(stalled.isOpen()).isFalse();
    held.letAllGo();
  }

  private PacedBody body(Flux<ByteBuf> content, Channel channel, Duration patience) {
    return new PacedBody(content, channel, new Outbox(channel.eventLoop()), patience, left::add);
  }

  /** A socket that takes what it is told to take. */
  private static final class Held extends ChannelOutboundHandlerAdapter {

    private final Deque<Runnable> writes = new ArrayDeque<>();

    @Override
    public void write(ChannelHandlerContext context, Object piece, ChannelPromise left) {
      writes.add(
          () -> {
            ReferenceCountUtil.release(piece);
            left.setSuccess();
          });
    }

    int count() {
      return writes.size();
    }

    void letOneGo() {
      writes.remove().run();
    }

    void letAllGo() {
      while (!writes.isEmpty()) {
        letOneGo();
      }
    }
  }
}
