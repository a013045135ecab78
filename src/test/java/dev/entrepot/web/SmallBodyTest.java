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
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final List<ByteBuf> pieces = List.of(text("one"), text("two"), text("three"));

  @Test
  void piecesBecomeOneBufferThatTheSubscriberReleases() {
    // When
    var whole = body(Flux.fromIterable(pieces));

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
    var broken = body(Flux.fromIterable(pieces).concatWith(Flux.error(new Broken())));

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
    StepVerifier.create(body(source.flux()))
        .then(() -> source.next(pieces.get(0), pieces.get(1)))
        .thenCancel()
        .verify(PATIENCE);
    source.next(pieces.get(2));

    // Then
    source.assertCancelled();
    assertAllReleased();
  }

  @Test
  void whatTakesTooLongEndsAndReleasesWhatCameBeforeAndAfter() {
    // Given
    TestPublisher<ByteBuf> source =
        TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);

    // When
    StepVerifier.withVirtualTime(() -> body(source.flux()))
        .then(() -> source.next(pieces.get(0), pieces.get(1)))
        .thenAwait(LIMIT)
        .expectError(Late.class)
        .verify(PATIENCE);
    source.next(pieces.get(2));

    // Then
    source.assertCancelled();
    assertAllReleased();
  }

  private static SmallBody body(Flux<ByteBuf> pieces) {
    return new SmallBody(pieces, LIMIT, Late::new);
  }

  private void assertAllReleased() {
    assertThat(pieces).allSatisfy(piece -> assertThat(piece.refCnt()).isZero());
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static final class Broken extends RuntimeException {}

  private static final class Late extends RuntimeException {}
}
