package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Content that is brought is stored whole or not at all. */
final class DeliveryTest {

  private static final byte[] CONTENT = random(70, 600_000);
  private static final Digest DIGEST = Digest.sha256Of(CONTENT);

  @TempDir private Path directory;
  private CacheUnderTest under;

  @SuppressWarnings("NullAway.Init") // set before each test
  DeliveryTest() {}

  @BeforeEach
  void open() {
    under = new CacheUnderTest(directory, DataSize.ofMegabytes(1), 0);
  }

  @AfterEach
  void close() {
    under.close();
  }

  @Test
  void whatIsWholeIsStoredAndOutlivesARestart() {
    // When
    take(DIGEST, CONTENT.length, CONTENT).block(PATIENCE);

    // Then
    assertThat(readAll(under.stored(CONTENT))).isEqualTo(CONTENT);
    under.reopen();
    assertThat(readAll(under.stored(CONTENT))).isEqualTo(CONTENT);
    assertThat(under.fills()).isEmpty();
  }

  @Test
  void aWrongByteIsRefused() {
    // Given
    byte[] damaged = CONTENT.clone();
    damaged[300_000] ^= 1;

    // When / Then
    assertRefused(take(DIGEST, CONTENT.length, damaged), "not what its digest says");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -100_000, 1})
  void anotherLengthIsRefused(int difference) {
    // Given
    byte[] other = Arrays.copyOf(CONTENT, CONTENT.length + difference);

    // When / Then
    assertRefused(
        take(DIGEST, CONTENT.length, other), difference < 0 ? "it ended after" : "is longer");
  }

  @Test
  void whatBreaksOffLeavesNothing() {
    // Given
    Flux<ByteBuf> broken =
        Flux.concat(
            Flux.just(Unpooled.wrappedBuffer(CONTENT, 0, 1000)),
            Flux.error(new IllegalStateException("gone")));

    // When / Then
    assertRefused(under.cache().take(DIGEST, CONTENT.length, broken), "gone");
  }

  @Test
  void moreThanThereIsRoomForIsRefusedAtOnce() {
    assertRefused(take(DIGEST, 2_000_000, CONTENT), "no room");
  }

  private Mono<Void> take(Digest digest, long size, byte[] bytes) {
    int piece = 64 * 1024;
    return under
        .cache()
        .take(
            digest,
            size,
            Flux.range(0, (bytes.length + piece - 1) / piece)
                .map(
                    i ->
                        Unpooled.wrappedBuffer(
                            bytes, i * piece, Math.min(piece, bytes.length - i * piece))));
  }

  private void assertRefused(Mono<Void> taking, String words) {
    StepVerifier.create(taking)
        .expectErrorSatisfies(error -> assertThat(error).hasMessageContaining(words))
        .verify(PATIENCE);
    assertThat(under.isStored(CONTENT)).isFalse();
    assertThat(under.fills()).isEmpty();
  }
}
