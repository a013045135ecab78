package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import dev.entrepot.testing.Await;
import dev.entrepot.testing.ScriptedSource;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** How long a source that keeps breaking is tried, with the pauses of the default settings. */
class SteadySourceTest {

  private static final int KILOBYTE = 1024;
  private static final int MEGABYTE = 1024 * KILOBYTE;
  private static final Duration STEP = Duration.ofMillis(100);

  private final FlightRecord record = new FlightRecord();
  private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();
  private final Tuning tuning = CacheUnderTest.tuning(UnpooledByteBufAllocator.DEFAULT, timer);

  @Test
  void oneThatBringsLittleEachTimeIsAskedTenTimesMoreAndNotAtOnce() {
    // Given
    ScriptedSource source = breakingEvery(64 * KILOBYTE, 2 * MEGABYTE);

    // When
    CompletableFuture<@Nullable Long> transfer = transfer(source, 2 * MEGABYTE);

    // Then
    assertThat(transfer).isCompletedExceptionally();
    assertThat(source.opens()).hasSize(1 + 10);
    assertThat(source.opens().getLast()).isEqualTo(10 * 64 * KILOBYTE);
    // Pauses are shortened by a quarter at most.
    assertThat(timer.now(TimeUnit.SECONDS)).isGreaterThanOrEqualTo(41);
  }

  @Test
  void oneThatBreaksEveryMegabyteIsReopenedAsOftenAsItTakes() {
    // Given
    ScriptedSource source = breakingEvery(MEGABYTE, 24 * MEGABYTE);

    // When
    CompletableFuture<@Nullable Long> transfer = transfer(source, 24 * MEGABYTE);

    // Then
    assertThat(transfer).isCompletedWithValue(24L * MEGABYTE);
    assertThat(source.opens()).hasSize(24);
  }

  @Test
  void everyAttemptInVainIsARetry() {
    // Given
    ScriptedSource source =
        breakingEvery(600 * KILOBYTE, MEGABYTE)
            .refusing(new IllegalStateException("of this test"))
            .refusing(new IllegalStateException("of this test"));

    // When
    CompletableFuture<@Nullable Long> transfer = transfer(source, MEGABYTE);

    // Then
    assertThat(transfer).isCompletedWithValue((long) MEGABYTE);
    assertThat(record.retries()).isEqualTo(2);
    assertThat(record.resumptions()).isEqualTo(1);
  }

  private static ScriptedSource breakingEvery(int distance, int length) {
    return new ScriptedSource(new byte[length], UnpooledByteBufAllocator.DEFAULT)
        .breakingAt(LongStream.iterate(distance, at -> at < length, at -> at + distance).toArray());
  }

  /** How many bytes it brought, once it is over. */
  private CompletableFuture<@Nullable Long> transfer(ScriptedSource source, int length) {
    Digest digest = Digest.sha256Of(new byte[0]);
    CompletableFuture<@Nullable Long> transfer =
        new SteadySource(digest, source, OptionalLong.of(length), tuning, record)
            .bytes(0, Long.MAX_VALUE, null)
            .map(SteadySourceTest::consumed)
            .reduce(0L, Long::sum)
            .toFuture();
    Await.until(
        "the end of the transfer",
        () -> {
          timer.advanceTimeBy(STEP);
          return transfer.isDone();
        });
    return transfer;
  }

  private static long consumed(ByteBuf piece) {
    long size = piece.readableBytes();
    piece.release();
    return size;
  }
}
