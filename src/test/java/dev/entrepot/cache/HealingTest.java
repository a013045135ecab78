package dev.entrepot.cache;

import static dev.entrepot.cache.CacheUnderTest.PATIENCE;
import static dev.entrepot.cache.CacheUnderTest.await;
import static dev.entrepot.cache.CacheUnderTest.bytes;
import static dev.entrepot.cache.CacheUnderTest.random;
import static dev.entrepot.cache.CacheUnderTest.read;
import static dev.entrepot.cache.CacheUnderTest.readAll;
import static dev.entrepot.cache.CacheUnderTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.testing.ScriptedSource;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Stored content whose file fails while it is read. */
class HealingTest {

  private static final int SIZE = 2_000_000;

  @TempDir private Path directory;
  @TempDir private Path elsewhere;
  private final byte[] content = random(1, SIZE);
  private final Digest digest = Digest.sha256Of(content);
  private CacheUnderTest under;
  private ScriptedSource source;

  @BeforeEach
  void store() {
    // Nothing is verified before it is served, so that damage is met on the way.
    under = new CacheUnderTest(directory, DataSize.ofGigabytes(1), 0);
    under.keep(content);
    source = under.source(content);
  }

  @AfterEach
  void close() {
    under.close();
  }

  // Scorecard 25.
  @Test
  void aReadErrorMidwayIsHealedFromTheSource() {
    // Given
    Content stored = stored();
    under.volume.failOneReadFrom(1_000_000);

    // When
    byte[] received = readAll(stored);

    // Then
    assertThat(received).isEqualTo(content);
    await(() -> under.isStored(content));
    assertThat(under.file(content)).hasBinaryContent(content);
    assertThat(source.opens()).containsExactly(0L);
  }

  @Test
  void manyReadersOfADamagedFileShareOneFetch() throws IOException {
    // Given
    Content stored = stored();
    StoredContentTest.Damage.EMPTIED.afflict(under.file(content), elsewhere);

    // When
    var received =
        Flux.range(0, 8)
            .flatMap(_ -> bytes(stored.read(0, Long.MAX_VALUE)))
            .collectList()
            .block(PATIENCE);

    // Then
    assertThat(received).hasSize(8).allSatisfy(bytes -> assertThat(bytes).isEqualTo(content));
    assertThat(source.opens()).hasSize(1);
  }

  @Test
  void aRangeIsHealedToo() throws IOException {
    // Given
    Content stored = stored();
    StoredContentTest.Damage.TRUNCATED.afflict(under.file(content), elsewhere);

    // When
    byte[] received = read(stored, SIZE - 1000, SIZE);

    // Then
    assertThat(received).isEqualTo(Arrays.copyOfRange(content, SIZE - 1000, SIZE));
  }

  // Scorecard 27.
  @Test
  void aReaderWhoWasSentRightBytesOfADamagedFileGetsTheRest() throws IOException {
    // Given
    flip(SIZE - 1);
    under.reopen();

    // When
    byte[] received = readAll(stored());

    // Then
    assertThat(received).isEqualTo(content);
    await(() -> under.isStored(content));
    assertThat(under.file(content)).hasBinaryContent(content);
  }

  // Scorecard 27.
  @Test
  void aReaderWhoWasSentDamagedBytesEndsShort() throws IOException {
    // Given
    flip(0);
    under.reopen();
    under.volume.hangReadsFrom(1_000_000);
    Content stored = stored();

    // When
    StepVerifier.FirstStep<ByteBuf> reader = StepVerifier.create(stored.read(0, Long.MAX_VALUE), 1);

    // Then
    reader
        .consumeNextWith(ByteBuf::release)
        .then(under.volume::goOn)
        .thenRequest(Long.MAX_VALUE)
        .thenConsumeWhile(_ -> true, ByteBuf::release)
        .expectError(RegistryException.class)
        .verify(PATIENCE);
    assertThat(readAll(stored)).isEqualTo(content);
  }

  // Scorecard 28: as when its permissions are taken away.
  @Test
  void aFileThatMayNotBeOpenedIsHealed() {
    // Given
    Content stored = stored();
    under.volume.breakDown("open");

    // When
    byte[] received = readAll(stored);

    // Then
    assertThat(received).isEqualTo(content);
    assertThat(source.opens()).hasSize(1);
  }

  @Test
  void withoutASourceADamagedFileEndsTheReadShort() throws IOException {
    // Given
    Content stored = under.stored(content);
    StoredContentTest.Damage.EMPTIED.afflict(under.file(content), elsewhere);

    // When
    Mono<byte[]> received = bytes(stored.read(0, Long.MAX_VALUE));

    // Then
    assertThatThrownBy(() -> received.block(PATIENCE))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("the next pull fetches it again");
  }

  private Content stored() {
    return result(under.cache().stored(digest, source)).orElseThrow();
  }

  private void flip(int position) throws IOException {
    byte[] changed = content.clone();
    changed[position] ^= 1;
    Files.write(under.file(content), changed);
  }
}
