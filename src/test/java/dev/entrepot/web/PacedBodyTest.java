package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
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
    Disposable writing =
        new PacedBody(pieces.asFlux(), channel, Duration.ofMinutes(1), left::add).subscribe();

    // When
    pieces.tryEmitNext(Unpooled.wrappedBuffer(new byte[100]));
    pieces.tryEmitNext(Unpooled.wrappedBuffer(new byte[20]));
    writing.dispose();

    // Then
    assertThat(left).containsExactly(100L, 120L);
  }
}
