package dev.entrepot.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.publisher.TestPublisher;

/** What becomes of a body whose reader leaves. */
final class PaceLimitTest {

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
}
