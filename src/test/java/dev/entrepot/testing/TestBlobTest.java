package dev.entrepot.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestBlobTest {

  @Test
  void everyPieceAgreesWithTheWhole() {
    // Given
    var blob = TestBlob.of(42, 1_003);
    var whole = blob.toBytes();
    for (int from = 0; from < 40; from++) {
      // When
      var piece = blob.bytes(from, 1_003 - from);
      // Then
      assertThat(piece).isEqualTo(Arrays.copyOfRange(whole, from, 1_003));
    }
  }

  @Test
  void digestIsThatOfTheBytes() {
    // Given
    var blob = TestBlob.of(42, 1_000_003);
    // When
    var digest = blob.digest();
    // Then
    assertThat(digest).isEqualTo(Hashing.digest(blob.toBytes()));
  }

  @Test
  void joinedBodiesReadAcrossTheirSeams() {
    // Given
    var joined = Body.joined(List.of(Body.of("abc"), Body.of(""), Body.of("defg")));
    // When
    var piece = joined.bytes(2, 3);
    // Then
    assertThat(piece).isEqualTo(Body.of("cde").toBytes());
  }
}
