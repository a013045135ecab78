package dev.entrepot.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

class OutboxTest {

  private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch isFree = new CountDownLatch(1);
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, looking(LocalIoHandler.newFactory()));
  private final Channel channel = new LocalChannel();
  private Outbox outbox;

  @BeforeEach
  void occupyTheLoop() {
    channel.pipeline().addLast(new Socket());
    group.register(channel).syncUninterruptibly();
    outbox = new Outbox(channel.eventLoop());
    CountDownLatch isOccupied = new CountDownLatch(1);
    channel
        .eventLoop()
        .execute(
            () -> {
              isOccupied.countDown();
              await(isFree);
            });
    assertThat(await(isOccupied)).isTrue();
  }

  @AfterEach
  void close() {
    isFree.countDown();
    group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void aCrowdThatWantsMoreKeepsNobodyFromBeingHeard() {
    // Given
    for (int piece = 0; piece < 2 * Outbox.TURN; piece++) {
      outbox.execute(() -> seen.add("piece"));
    }
    CompletableFuture<List<String>> seenAtTheEnd = new CompletableFuture<>();
    outbox.execute(() -> seenAtTheEnd.complete(List.copyOf(seen)));

    // When
    freeTheLoop();

    // Then
    List<String> turn = new ArrayList<>(Collections.nCopies(Outbox.TURN, "piece"));
    turn.add("look");
    assertThat(seenAtTheEnd)
        .succeedsWithin(Await.DEADLINE)
        .isEqualTo(Stream.of(turn, turn).flatMap(List::stream).toList());
  }

  /**
   * An outbox that has something to write already stands before the headers in the loop's queue.
   */
  @Test
  void headersGoFirstThenThePiecesInTheirOrder() {
    // Given
    outbox.execute(() -> {});
    channel.write(piece("headers"));
    Flux<ByteBuf> pieces = Flux.just("a", "b", "c", "d").map(OutboxTest::piece);
    var written = channel.eventLoop().newPromise();
    new PacedBody(pieces, channel, outbox, Await.DEADLINE, _ -> {})
        .subscribe(_ -> {}, written::setFailure, () -> written.setSuccess(null));

    // When
    freeTheLoop();

    // Then
    assertThat(written.awaitUninterruptibly(Await.DEADLINE.toMillis())).isTrue();
    assertThat(seen)
        .filteredOn(what -> !what.equals("look"))
        .containsExactly("headers", "a", "b", "c", "d");
  }

  @Test
  void piecesThatComeFromAnotherThreadKeepTheirOrder() {
    // Given
    List<String> names = IntStream.range(0, 10 * Outbox.TURN).mapToObj(Integer::toString).toList();
    Flux<ByteBuf> pieces =
        Flux.fromIterable(names).publishOn(Schedulers.single(), 1).map(OutboxTest::piece);
    var written = channel.eventLoop().newPromise();
    new PacedBody(pieces, channel, outbox, Await.DEADLINE, _ -> {})
        .subscribe(_ -> {}, written::setFailure, () -> written.setSuccess(null));

    // When
    freeTheLoop();

    // Then
    assertThat(written.awaitUninterruptibly(Await.DEADLINE.toMillis())).isTrue();
    assertThat(seen).filteredOn(what -> !what.equals("look")).isEqualTo(names);
  }

  @Test
  void whatFailsKeepsNothingElseFromBeingWritten() {
    // Given
    CompletableFuture<Boolean> isWritten = new CompletableFuture<>();
    outbox.execute(
        () -> {
          throw new IllegalStateException("on purpose");
        });
    outbox.execute(() -> isWritten.complete(true));

    // When
    freeTheLoop();

    // Then
    assertThat(isWritten).succeedsWithin(Await.DEADLINE);
  }

  private void freeTheLoop() {
    seen.clear();
    isFree.countDown();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static ByteBuf piece(String name) {
    return Unpooled.copiedBuffer(name, UTF_8);
  }

  /** Notes each time the event loop looks at its connections. */
  private IoHandlerFactory looking(IoHandlerFactory plain) {
    return executor -> {
      IoHandler handler = plain.newHandler(executor);
      return new IoHandler() {
        @Override
        public int run(IoHandlerContext context) {
          seen.add("look");
          return handler.run(context);
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
          return handler.register(handle);
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> type) {
          return handler.isCompatible(type);
        }

        @Override
        public void wakeup() {
          handler.wakeup();
        }

        @Override
        public void prepareToDestroy() {
          handler.prepareToDestroy();
        }

        @Override
        public void destroy() {
          handler.destroy();
        }
      };
    };
  }

  /** Takes what is written. */
  private final class Socket extends ChannelOutboundHandlerAdapter {

    @Override
    public void write(ChannelHandlerContext context, Object piece, ChannelPromise left) {
      seen.add(((ByteBuf) piece).toString(UTF_8));
      ReferenceCountUtil.release(piece);
      left.setSuccess();
    }
  }
}
