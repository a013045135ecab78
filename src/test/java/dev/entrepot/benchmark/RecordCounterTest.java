package dev.entrepot.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RecordCounterTest {

  @Test
  void recordsCarryTheirLengthWithoutTypeAndTag() {
    // Given
    var counter = new RecordCounter();

    // When
    counter.take(ByteBuffer.wrap(records(23, 1, 300, 16384)));

    // Then
    assertThat(counter.carried()).isEqualTo(1 + 300 + 16384);
  }

  @Test
  void aRecordCountsOnceItIsCompleteHoweverItIsCut() {
    // Given
    var counter = new RecordCounter();
    byte[] stream = records(23, 700, 20);

    // When
    for (int i = 0; i < stream.length - 1; i++) {
      counter.take(ByteBuffer.wrap(stream, i, 1));
    }

    // Then
    assertThat(counter.carried()).isEqualTo(700);
    counter.take(ByteBuffer.wrap(stream, stream.length - 1, 1));
    assertThat(counter.carried()).isEqualTo(720);
  }

  @Test
  void anAlertIsNoBody() {
    // Given
    var counter = new RecordCounter();
    byte[] alert = records(21, 2);

    // When
    assertThatThrownBy(() -> counter.take(ByteBuffer.wrap(alert)))

        // Then
        .hasMessageContaining("type 21");
  }

  private static byte[] records(int type, int... lengths) {
    var stream = ByteBuffer.allocate(32 * 1024);
    for (int length : lengths) {
      stream.put((byte) type).putShort((short) 0x0303).putShort((short) (length + 17));
      stream.put(new byte[length + 17]);
    }
    byte[] bytes = new byte[stream.position()];
    stream.flip().get(bytes);
    return bytes;
  }
}
