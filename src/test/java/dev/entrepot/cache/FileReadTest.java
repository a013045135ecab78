package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.util.context.Context;

class FileReadTest {

  private static final int SIZE = 1_000_000;
  private static final int CROWD = 5;

  @TempDir private Path directory;
  private final DiskThreads threads = new DiskThreads();
  private final CountDownLatch isOver = new CountDownLatch(1);
  private final AtomicInteger left = new AtomicInteger();
  private OpenFile file;
  private FileRead<ByteBuf> read;

  @BeforeEach
  void open() throws IOException {
    Path path = Files.write(directory.resolve("file"), new byte[SIZE]);
    Volume disk = new LocalVolume(directory);
    file = new OpenFile(disk.open(path));
    read =
        new FileRead<>(
            Progress.whole(SIZE),
            new Whoever(),
            threads,
            new BufferShare(64 * 1024, SIZE),
            new BufferReader(disk, new Buffers(new UnpooledByteBufAllocator(true))),
            0,
            SIZE);
  }

  @AfterEach
  void close() {
    isOver.countDown();
    threads.close();
    file.release();
  }

  /** Another thread would have to wake up first. */
  @Test
  void onADiskThreadTheFirstPieceComesAtOnce() {
    // When
    CompletableFuture<Boolean> isThere = new CompletableFuture<>();
    threads.write(
        () -> {
          CompletableFuture<Thread> first = firstPiece();
          isThere.complete(Thread.currentThread().equals(first.getNow(null)));
        });

    // Then
    assertThat(isThere).succeedsWithin(Await.DEADLINE).isEqualTo(true);
  }

  @Test
  void noOtherThreadReads() {
    // When
    CompletableFuture<Thread> reader = firstPiece();

    // Then
    assertThat(reader)
        .succeedsWithin(Await.DEADLINE)
        .extracting(Thread::getName)
        .asString()
        .startsWith("cache-read");
  }

  /** A crowd always wants more. */
  @Test
  void whoHasNothingYetIsNotServedAfterAllThoseWhoWantMore() throws InterruptedException {
    // Given
    List<String> served = new CopyOnWriteArrayList<>();
    List<Reader> crowd = Stream.generate(() -> new Reader("old", served)).limit(CROWD).toList();
    crowd.forEach(Reader::takeOne);
    Await.until("everybody to have something", () -> served.size() == CROWD);
    CountDownLatch isOneFree = occupyTheReadingThreads();
    crowd.forEach(Reader::takeOne);
    new Reader("new", served).takeOne();

    // When
    isOneFree.countDown();

    // Then
    Await.until("everybody to be served", () -> served.size() == 2 * CROWD + 1);
    assertThat(served.indexOf("new")).isBetween(CROWD, CROWD + 1);
  }

  /** All but the one that is let go by this latch stay occupied. */
  private CountDownLatch occupyTheReadingThreads() throws InterruptedException {
    CountDownLatch areOccupied = new CountDownLatch(DiskThreads.WIDTH);
    CountDownLatch isOneFree = new CountDownLatch(1);
    for (int thread = 0; thread < DiskThreads.WIDTH; thread++) {
      CountDownLatch isFree = thread == 0 ? isOneFree : isOver;
      threads.read(
          () -> {
            areOccupied.countDown();
            await(isFree);
          });
    }
    assertThat(areOccupied.await(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return isOneFree;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whoFailsToHearOfTheEndIsNotToldTwice() {
    // Given
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> isDropped = new CompletableFuture<>();
    Consumer<Throwable> dropped = _ -> isDropped.complete(null);

    // When
    read.subscribe(
        new CoreSubscriber<>() {
          @Override
          public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(ByteBuf piece) {
            piece.release();
          }

          @Override
          public void onError(Throwable failure) {
            failures.add(failure);
          }

          @Override
          public void onComplete() {
            throw new IllegalStateException("on purpose");
          }

          @Override
          public Context currentContext() {
            return Context.of("reactor.onErrorDropped.local", dropped);
          }
        });

    // Then
    assertThat(isDropped).succeedsWithin(Await.DEADLINE);
    assertThat(failures).isEmpty();
    assertThat(left).hasValue(1);
  }

  private CompletableFuture<Thread> firstPiece() {
    CompletableFuture<Thread> first = new CompletableFuture<>();
    read.next()
        .subscribe(
            piece -> {
              piece.release();
              first.complete(Thread.currentThread());
            });
    return first;
  }

  /** Takes a piece at a time, and notes it. */
  private final class Reader extends BaseSubscriber<ByteBuf> {

    private final String name;
    private final List<String> served;

    Reader(String name, List<String> served) {
      this.name = name;
      this.served = served;
      read.subscribe(this);
    }

    void takeOne() {
      request(1);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // Asks when it is told to.
    }

    @Override
    protected void hookOnNext(ByteBuf piece) {
      piece.release();
      served.add(name);
    }
  }

  /** Who reads has the file for as long as it wants. */
  private final class Whoever implements FileRead.Access {

    @Override
    public OpenFile open() {
      return file;
    }

    @Override
    public void left(FileRead.Cursor reader) {
      left.incrementAndGet();
    }

    @Override
    public void release(OpenFile opened) {
      // It stays open to the end of the test.
    }
  }
}
