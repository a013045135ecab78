package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** What becomes of a body whose reader leaves. */
final class PaceLimitTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void pieceThatCrossesWithACancelIsReleased() {
    // Given
    TestPublisher<ByteBuf> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
    BaseSubscriber<ByteBuf> reader = new BaseSubscriber<>() {};
    new PaceLimit(source.flux(), Duration.ofMinutes(1), DataSize.ofKilobytes(1)).subscribe(reader);
    ByteBuf piece = Unpooled.buffer(1).writeByte(1);

    // When
    reader.cancel();
    source.next(piece);

    // Then
    assertThat(piece.refCnt()).isZero();
  }

  /** Scorecard 4. */
  @Test
  void streamThatDripsIsBrokenOffAfterAWindow() {
    StepVerifier.withVirtualTime(() -> paced(drip(Duration.ofSeconds(1)), 2))
        .expectSubscription()
        .thenAwait(Duration.ofSeconds(60))
        .thenConsumeWhile(_ -> true, ByteBuf::release)
        .expectError(TooSlowException.class)
        .verify(SOON);
  }

  @Test
  void fastEnoughIsNotBrokenOff() {
    StepVerifier.withVirtualTime(() -> paced(drip(Duration.ofMillis(500)), 1))
        .expectSubscription()
        .thenAwait(Duration.ofMinutes(10))
        .thenConsumeWhile(_ -> true, ByteBuf::release)
        .expectComplete()
        .verify(SOON);
  }

  /** A reader that takes a piece a minute is slow itself. */
  @Test
  void readerThatTakesItsTimeIsNotTheSourcesFault() {
    StepVerifier.withVirtualTime(
            () -> paced(drip(Duration.ofSeconds(1)).onBackpressureBuffer(), 2), 0)
        .expectSubscription()
        .thenAwait(Duration.ofMinutes(2))
        .thenRequest(1)
        .consumeNextWith(ByteBuf::release)
        .thenAwait(Duration.ofMinutes(2))
        .thenRequest(1)
        .consumeNextWith(ByteBuf::release)
        .thenCancel()
        .verify(SOON);
  }

  private static Flux<ByteBuf> drip(Duration pause) {
    return Flux.interval(pause).take(200).map(_ -> Unpooled.buffer(1).writeByte(1));
  }

  private static Flux<ByteBuf> paced(Flux<ByteBuf> source, long slowest) {
    return new PaceLimit(source, Duration.ofSeconds(30), DataSize.ofBytes(slowest));
  }
}
