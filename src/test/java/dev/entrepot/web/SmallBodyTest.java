package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

final class SmallBodyTest {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final List<ByteBuf> pieces = List.of(text("one"), text("two"), text("three"));

  @Test
  void piecesBecomeOneBufferThatTheSubscriberReleases() {
    // When
    var whole = new SmallBody(Flux.fromIterable(pieces));

    // Then
    StepVerifier.create(whole)
        .consumeNextWith(
            buffer -> {
              assertThat(buffer.toString(StandardCharsets.US_ASCII)).isEqualTo("onetwothree");
              buffer.release();
            })
        .expectComplete()
        .verify(PATIENCE);
    assertAllReleased();
  }

  @Test
  void errorReleasesWhatCameBeforeIt() {
    // When
    var broken = new SmallBody(Flux.fromIterable(pieces).concatWith(Flux.error(new Broken())));

    // Then
    StepVerifier.create(broken).expectError(Broken.class).verify(PATIENCE);
    assertAllReleased();
  }

  @Test
  void cancellationReleasesWhatCameBeforeAndAfterIt() {
    // Given
    TestPublisher<ByteBuf> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);

    // When
    StepVerifier.create(new SmallBody(source.flux()))
        .then(() -> source.next(pieces.get(0), pieces.get(1)))
        .thenCancel()
        .verify(PATIENCE);
    source.next(pieces.get(2));

    // Then
    source.assertCancelled();
    assertAllReleased();
  }

  private void assertAllReleased() {
    assertThat(pieces).allSatisfy(piece -> assertThat(piece.refCnt()).isZero());
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static final class Broken extends RuntimeException {}
}
