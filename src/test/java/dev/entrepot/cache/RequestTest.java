package dev.entrepot.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestTest {

  private static final int STOP = 20_000;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final byte[] content = CacheUnderTest.random(7, 4 * STOP);
  private final FilledMemory file = new FilledMemory(content.length);
  private final Request request =
      new Request(
          file,
          new FillPlan.Part(0, STOP, FillPlan.Purpose.WHOLE),
          new Buffers(allocator),
          new RequestShare(16, 64 * 1024));

  @AfterEach
  void everyBufferIsGivenBack() {
    request.fail(new IllegalStateException("the test is over"));
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void whatWasGatheredBeyondTheStopNeverMovesWhatComesAfterIt() {
    // Given
    take(0, 8_000);
    take(8_000, 18_000);
    file.atNextLanding(landing -> landing.stopAt(Long.MAX_VALUE));

    // When
    boolean wantsMore = take(18_000, 30_000);
    if (wantsMore) {
      take(30_000, 50_000);
      request.pause();
    }

    // Then
    assertThat(file.upTo(request.position()))
        .isEqualTo(Arrays.copyOf(content, (int) request.position()));
  }

  @Test
  void noMoreThanUpToTheStopIsLanded() {
    // When
    boolean wantsMore = take(0, 30_000);

    // Then
    assertThat(wantsMore).isFalse();
    assertThat(file.upTo(request.position())).isEqualTo(Arrays.copyOf(content, STOP));
    assertThat(file.ended()).containsExactly(request);
  }

  @Test
  void whoMovesTheStopCloserEndsItThere() {
    // Given
    take(0, 2_000);
    request.stopAt(6_000);

    // When
    boolean wantsMore = take(2_000, 18_000);

    // Then
    assertThat(wantsMore).isFalse();
    assertThat(file.upTo(request.position())).isEqualTo(Arrays.copyOf(content, 6_000));
  }

  private boolean take(int from, int to) {
    ByteBuf bytes = Unpooled.wrappedBuffer(content, from, to - from);
    try {
      return request.take(bytes);
    } finally {
      bytes.release();
    }
  }
}
