package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class IntakeTest {

  private static final int PREFETCH = 8;
  private static final int COUNT = 100;

  private final DiskThreads threads = new DiskThreads();
  private final AtomicLong asked = new AtomicLong();

  @AfterEach
  void close() {
    threads.close();
  }

  /** On few processors, what comes behind them would only hold the first bytes up. */
  @Test
  void theFirstBytesLandBeforeMoreAreAskedFor() {
    // Given
    Recorder recorder = new Recorder();

    // When
    take(recorder);

    // Then
    assertThat(recorder.ended).succeedsWithin(Await.DEADLINE);
    assertThat(recorder.askedFor).hasSize(COUNT);
    assertThat(recorder.askedFor.getFirst()).isEqualTo(1);
    assertThat(recorder.askedFor).contains(1L + PREFETCH);
  }

  private void take(Recorder recorder) {
    Flux.range(0, COUNT)
        .<ByteBuf>map(number -> Unpooled.buffer(4).writeInt(number))
        .doOnRequest(asked::addAndGet)
        .subscribe(new Intake(recorder, threads, PREFETCH));
  }

  /** Notes how much had been asked for as each buffer came. */
  private final class Recorder implements Intake.Hold {

    private final List<Long> askedFor = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

    @Override
    public boolean take(ByteBuf bytes) {
      return askedFor.add(asked.get());
    }

    @Override
    public boolean wantsMore() {
      return true;
    }

    @Override
    public boolean pause() {
      return true;
    }

    @Override
    public void end() {
      ended.complete(true);
    }

    @Override
    public void fail(Throwable cause) {
      ended.completeExceptionally(cause);
    }
  }
}
