package dev.entrepot.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.metrics.Meters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** B 17: whoever begins a request gets to the end of its head, and soon. */
final class SlowRequestsTest {

  private static final String REQUEST = "GET /v2/ HTTP/1.1\r\nHost: mirror\r\n\r\n";

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final EmbeddedChannel connection = new EmbeddedChannel(new HttpServerCodec());

  @BeforeEach
  void join() {
    connection.freezeTime();
    new SlowRequests(Duration.ofSeconds(10), new Meters(meters)).join(connection.pipeline());
  }

  @AfterEach
  void leave() {
    connection.finishAndReleaseAll();
  }

  @Test
  void headThatDripsIsCutOffAtTheLimitHoweverItDrips() {
    // When
    for (int second = 0; second < 9; second++) {
      send("GET /v2".substring(second % 7, second % 7 + 1));
      pass(1);
    }

    // Then
    assertThat(connection.isOpen()).isTrue();
    send("x");
    pass(1);
    assertThat(connection.isOpen()).isFalse();
    assertThat(meters.counter("entrepot.clients.cut", "why", "slow-request").count()).isEqualTo(1);
  }

  @Test
  void connectionOnWhichNothingWasBegunIsLeftAlone() {
    // When
    pass(3600);

    // Then
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void everyHeadHasItsOwnTime() {
    for (int request = 0; request < 5; request++) {
      // When
      send(REQUEST.substring(0, 9));
      pass(8);
      send(REQUEST.substring(9));
      answer();
      pass(100);

      // Then
      assertThat(connection.isOpen()).isTrue();
    }
    send("G");
    pass(11);
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  void answerMayTakeLongerThanAHead() {
    // When
    send(REQUEST);
    pass(60);
    send("GET /v2/ HT");
    pass(60);

    // Then
    assertThat(connection.isOpen()).isTrue();
  }

  private void send(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    connection.writeInbound(bytes);
    for (Object parsed = connection.readInbound();
        parsed != null;
        parsed = connection.readInbound()) {
      ReferenceCountUtil.release(parsed);
    }
  }

  private void answer() {
    connection.writeOutbound(
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
  }

  private void pass(int seconds) {
    connection.advanceTimeBy(seconds, TimeUnit.SECONDS);
    connection.runScheduledPendingTasks();
  }
}
